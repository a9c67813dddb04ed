import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cleanEnvironment, pack, temporaryFolder, write } from './program.ts';

let folder: ReturnType<typeof temporaryFolder>;
let home: string;
beforeAll(async () => {
  folder = temporaryFolder();
  home = join(folder.path, 'elsewhere');
  mkdirSync(home);
  const tarball = await pack(folder.path);
  write(join(home, 'package.json'), '{"name":"elsewhere","private":true}');
  await execa('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: home });
});
afterAll(() => folder[Symbol.dispose]());

const installed = (args: string[], cwd = home) =>
  execa(process.execPath, [join(home, 'node_modules/fintech-sandbox/bin/fintech.js'), ...args], {
    cwd,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });

it('the packed program runs where it was installed, with nothing beside it but its dependencies', async () => {
  expect(await installed(['--version'])).toMatchObject({ exitCode: 0 });
  const { stdout, exitCode } = await installed(['templates', '--json']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('"ledger"');
  for (const left of ['src', 'test', 'node_modules/.package-lock.json', 'tsconfig.json']) {
    expect(existsSync(join(home, 'node_modules/fintech-sandbox', left))).toBe(false);
  }
});

it('the packed program brings its presets', async () => {
  write(join(home, 'records.ndjson'), '{"offset":1,"headers":["eventType","a"],"payload":"{}"}\n');
  const verified = await installed(['verify', 'records.ndjson', '--preset', 'kcat']);
  expect(verified).toMatchObject({ exitCode: 0 });
  expect(verified.stdout).toContain('the log has an envelope of its own');
});

it('the packed program scaffolds, starts and verifies without the repository', async () => {
  const made = await installed(['init', 'bank', '--services', 'ledger', '--yes']);
  expect(made).toMatchObject({ exitCode: 0 });
  const bank = join(home, 'bank');
  expect(await installed(['up', '--no-services', '--detach'], bank)).toMatchObject({ exitCode: 0 });
  const appended = await installed(
    ['events', 'append', 's', '--type', 'a.b', '--data', '{}'],
    bank,
  );
  const verified = await installed(['verify'], bank);
  const stopped = await installed(['down'], bank);
  expect([appended.exitCode, verified.exitCode, stopped.exitCode]).toEqual([0, 0, 0]);
  const left = ['balances', 'holds'].map((name) => `ledger does not run, so its ${name} are not`);
  for (const warning of left) expect(verified.stderr).toContain(warning);
});

it('the packed program shows its whole demo, from its own packages and no network', async () => {
  const { stdout, exitCode } = await installed(['demo']);
  expect(exitCode).toBe(0);
  for (const line of [
    'sandbox ready',
    '201',
    '403',
    '401',
    'consistent',
    'inconsistent',
    'stopped',
  ]) {
    expect(stdout).toContain(line);
  }
});

it('an older Node is told in one sentence what is needed', async () => {
  const old = { node: '20.0.0' };
  const code = `Object.defineProperty(process, 'versions', { value: ${JSON.stringify(old)} }); await import(${JSON.stringify(join(home, 'node_modules/fintech-sandbox/bin/fintech.js'))});`;
  const { stderr, exitCode } = await execa(process.execPath, ['--input-type=module', '-e', code], {
    reject: false,
  });
  expect(exitCode).toBe(5);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain('fintech needs Node 24');
});
