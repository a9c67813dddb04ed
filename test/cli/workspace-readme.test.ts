import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { offeredServices } from '../../src/scaffold/selection.ts';
import { builtInTemplates } from '../../src/scaffold/template-folder.ts';
import {
  cleanEnvironment,
  ENTRY,
  fintech,
  linkOurPackages,
  temporaryFolder,
  write,
} from './program.ts';

const services = offeredServices(await builtInTemplates());
const ids = services.map(({ manifest }) => manifest.id);
/** Packages are ours, linked; a test in test/live installs them. */
const NO_INSTALL = 'npm() { case $1 in install | ci) ;; *) command npm "$@" ;; esac }';

/** A workspace of these services, its sandbox stopped at the end. */
async function workspaceOf(chosen: readonly string[]) {
  const folder = temporaryFolder();
  const root = join(folder.path, 'bank');
  const args = ['init', 'bank', '--services', chosen.join(','), '--yes'];
  const made = await fintech(args, { cwd: folder.path });
  if (made.exitCode !== 0) throw new Error(made.stderr);
  linkOurPackages(root);
  return {
    root,
    readme: readFileSync(join(root, 'README.md'), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await fintech(['down'], { cwd: root });
      folder[Symbol.dispose]();
    },
  };
}

/** As a person would type it, in one shell, where `fintech` is this program. */
async function typed(root: string, script: string): Promise<{ output: string; exitCode?: number }> {
  const program = `fintech() { "${process.execPath}" "${ENTRY}" "$@"; }; export -f fintech`;
  const { all, exitCode } = await execa(
    'bash',
    ['-euo', 'pipefail', '-c', `${program}\n${script}`],
    {
      cwd: root,
      env: cleanEnvironment(),
      extendEnv: false,
      reject: false,
      all: true,
      stdin: 'ignore',
      timeout: 600_000,
    },
  );
  return { output: all, ...(exitCode === undefined ? {} : { exitCode }) };
}

/**
 * The README, typed. npm only says what it was asked for, and as whom: what it would run is run
 * for real elsewhere, installed in test/live, in a sandbox in test/bank.
 */
function session({ root, readme }: { root: string; readme: string }) {
  write(join(root, 'bin/npm'), '#!/bin/sh\necho "npm $* as $FINTECH_CLIENT_ID"\n');
  chmodSync(join(root, 'bin/npm'), 0o755);
  return typed(root, `PATH=$PWD/bin:$PATH\n${shellOf(readme)}`);
}

function shellOf(markdown: string): string {
  return [...markdown.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block).join('\n');
}

/** What the session's requests were answered by. */
function statuses(output: string): string[] {
  return output.split('\n').filter((line) => /^\d{3}$/.test(line));
}

describe('the README of a workspace', () => {
  it.each(ids)('of %s has a session that works as printed', { timeout: 240_000 }, async (id) => {
    await using workspace = await workspaceOf([id]);
    const { output, exitCode } = await session(workspace);
    expect(exitCode, output).toBe(0);
    const answers = statuses(output);
    expect(answers.length, output).toBeGreaterThan(0);
    expect(
      answers.filter((status) => !status.startsWith('2')),
      output,
    ).toEqual([]);
    expect(output).not.toContain('urn:');
    expect(output).toContain('consistent');
  });

  it('of all services works as printed, and asks for the tests of each', async () => {
    await using workspace = await workspaceOf(ids);
    const { output, exitCode } = await session(workspace);
    expect(exitCode, output).toBe(0);
    expect(statuses(output).filter((status) => !status.startsWith('2'))).toEqual([]);
    for (const asked of ['npm install as', 'npm test as']) expect(output).toContain(asked);
    for (const id of ids) expect(output).toMatch(new RegExp(`^npm test.* as ${id}$`, 'm'));
  });
});

it('the workflow of a workspace runs as CI would run it', { timeout: 650_000 }, async () => {
  await using workspace = await workspaceOf(['service']);
  const file = readFileSync(join(workspace.root, '.github/workflows/verify.yml'), 'utf8');
  const { jobs } = parse(file) as { jobs: { verify: { steps: { run?: string; if?: string }[] } } };
  const steps = jobs.verify.steps.filter((step) => step.if !== 'failure()');
  const script = steps.flatMap(({ run }) => run ?? []).join('\n');
  const { output, exitCode } = await typed(
    workspace.root,
    `FINTECH=fintech\n${NO_INSTALL}\n${script}`,
  );
  expect(exitCode, output).toBe(0);
  expect(output).toContain('against a real sandbox');
  expect(readFileSync(join(workspace.root, 'verify.xml'), 'utf8')).toContain('<testsuite');
});
