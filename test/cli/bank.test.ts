import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BankSession, describeBank } from './bank-session.ts';
import { bankWorkspace, cleanEnvironment, fintech, fintechJson } from './program.ts';

let bank: Awaited<ReturnType<typeof bankWorkspace>>;
let cwd: string;
let session: BankSession;

beforeAll(async () => {
  bank = await bankWorkspace();
  cwd = bank.root;
  const started = await fintech(['up', '--detach'], { cwd });
  if (started.exitCode !== 0) throw new Error(started.stderr);
  session = await BankSession.open(cwd);
});
afterAll(() => bank[Symbol.asyncDispose]());

describeBank(() => session);

it('the workspace passes its own tests, also the one that needs the running sandbox', async () => {
  const { stdout, exitCode } = await fintech(['exec', '--', 'npm', 'test'], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('against a real sandbox');
  expect(stdout).not.toContain('needs a sandbox');
});

it('init says that all is unchanged when it runs again; add refuses a name that is taken', async () => {
  const again = await fintech(['init', '.', '--services', 'ledger', '--yes', '--name', 'bank'], {
    cwd,
  });
  expect(again.exitCode).toBe(0);
  const { error, exitCode } = await fintechJson(['add', 'ledgr'], { cwd });
  expect([exitCode, error?.code]).toEqual([2, 'SCAFFOLD_UNKNOWN_TEMPLATE']);
  expect(existsSync(join(cwd, 'services/ledgr'))).toBe(false);
  const templates = await fintechJson<unknown[]>(['templates'], { cwd });
  expect(JSON.stringify(templates.data)).toContain('ledger');
  expect(readFileSync(join(cwd, 'fintech.yaml'), 'utf8')).toContain('# ');
});

it('npm test alone skips what needs the sandbox, by name', async () => {
  const { stdout, exitCode } = await execa('npm', ['test'], {
    cwd,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
  });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('against a real sandbox');
  expect(stdout).toContain('needs a sandbox');
});
