import { chmodSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { cleanEnvironment, fintech, temporaryFolder, write } from '../cli/program.ts';

/** Two are enough here: the own tests of all are run with the templates. */
const ids = ['ledger', 'service'];

/** A Node that is good for npm and what npm runs to install, and too old for the services. */
const OLD_NODE = `#!/bin/sh
for word in "$@"; do
  case "$word" in --test* | *.ts | -e) echo "too old for $*" >&2; exit 9 ;; esac
done
exec "${process.execPath}" "$@"
`;

/** How this machine reaches its packages. */
function npmSettings(): Record<string, string> {
  const settings = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      /^(?:npm_config_.*|NODE_EXTRA_CA_CERTS)$/.test(entry[0]) && entry[1] !== undefined,
  );
  return Object.fromEntries(settings);
}

it(
  'npm install && npm test pass in a new workspace, whatever Node is installed',
  { timeout: 600_000 },
  async () => {
    using folder = temporaryFolder();
    const init = ['init', 'bank', '--services', ids.join(','), '--yes'];
    expect(await fintech(init, { cwd: folder.path })).toMatchObject({ exitCode: 0 });
    const cwd = join(folder.path, 'bank');
    write(join(folder.path, 'old/node'), OLD_NODE);
    chmodSync(join(folder.path, 'old/node'), 0o755);
    const environment = { ...cleanEnvironment(), ...npmSettings() };
    const path = (environment['PATH'] ?? '').split(delimiter);
    // What the runner of these tests has put there is no part of a user's shell.
    const own = path.filter((place) => !place.includes('node_modules'));
    const env = { ...environment, PATH: [join(folder.path, 'old'), ...own].join(delimiter) };
    const options = {
      cwd,
      env,
      extendEnv: false,
      reject: false,
      all: true,
      stdin: 'ignore',
    } as const;
    const old = await execa('node', ['-e', ''], options);
    expect(old.exitCode).toBe(9);

    const installed = await execa('npm', ['install', '--no-audit', '--no-fund'], options);
    expect(installed.exitCode, installed.all).toBe(0);
    expect(installed.all).not.toMatch(/deprecated|vulnerab/);
    const tested = await execa('npm', ['test'], options);
    expect(tested.exitCode, tested.all).toBe(0);
    for (const id of ids) expect(tested.all, id).toContain(`> @bank/${id}@`);
    expect(tested.all.match(/^. fail 0/gm)).toHaveLength(ids.length);
    expect(readFileSync(join(cwd, 'package-lock.json'), 'utf8')).not.toContain('fintech-sandbox');
  },
);
