import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Report } from '../../src/model/verify-report.ts';
import { fintech, fintechJson, ROOT, temporaryFolder } from './program.ts';

const log = (folder: string, file: string) => join(ROOT, 'test/logs', folder, file);

it('judges a history from a file and from standard input, and refuses what is none', async () => {
  using folder = temporaryFolder();
  const cwd = folder.path;
  const judge = (file: string, input?: string) =>
    fintechJson<Report>(['verify', '--history', file, '--model', 'register'], {
      cwd,
      ...(input !== undefined && { input }),
    });
  const bad = log('history-register', 'violation.edn');
  expect(await judge(bad)).toMatchObject({ exitCode: 3, data: { verdict: 'inconsistent' } });
  const good = readFileSync(log('history-register', 'legal.edn'), 'utf8');
  expect(await judge('-', good)).toMatchObject({ exitCode: 0, data: { verdict: 'consistent' } });
  expect(await judge('-', '{:process 0}')).toMatchObject({
    exitCode: 2,
    error: { code: 'VERIFY_SOURCE', message: expect.stringContaining('line 1') },
  });
});

it('annotates, writes SARIF and Markdown, and passes once the finding is accepted', async () => {
  using folder = temporaryFolder();
  const cwd = folder.path;
  const verify = (...args: string[]) =>
    fintech(
      ['verify', log('ledger-balanced', 'violation.ndjson'), '--only', 'ledger/balanced', ...args],
      { cwd, env: { GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') } },
    );
  const reports = ['--reporter', 'github', '--reporter', 'sarif=verify.sarif'];
  const found = await verify(...reports);
  expect(found.exitCode).toBe(3);
  expect(found.stdout).toMatch(/^::error file=.*violation\.ndjson,line=6,title=ledger\/balanced/);
  const sarif: unknown = JSON.parse(readFileSync(join(cwd, 'verify.sarif'), 'utf8'));
  expect(sarif).toMatchObject({ version: '2.1.0', runs: [{ results: [{ level: 'error' }] }] });
  expect(readFileSync(join(cwd, 'summary.md'), 'utf8')).toContain(
    '## fintech verify: inconsistent',
  );
  const baseline = ['--baseline', 'known.json'];
  const accepted = await verify(...baseline, '--update-baseline', '--owner', 'payments');
  expect(accepted).toMatchObject({ exitCode: 0 });
  expect(await verify(...baseline)).toMatchObject({ exitCode: 0 });
});

it('saves each counterexample as a log that fails the same way, readable by its owner alone', async () => {
  using folder = temporaryFolder();
  const cwd = folder.path;
  const bad = log('ledger-limits', 'violation.ndjson');
  const only = ['--only', 'ledger/limits'];
  const found = await fintech(['verify', bad, ...only, '--save-counterexample', 'cut'], { cwd });
  expect(found).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('1 saved in cut') });
  const file = join('cut', 'ledger-limits-1.ndjson');
  expect(statSync(join(cwd, file)).mode & 0o777).toBe(0o600);
  const again = await fintechJson<Report>(['verify', file, ...only], { cwd });
  expect(again).toMatchObject({ exitCode: 3, data: { findings: [{ check: 'ledger/limits' }] } });
  const blocked = await fintech(['verify', bad, ...only, '--save-counterexample', file], { cwd });
  expect(blocked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('cannot write') });
});
