import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { validatorOf } from '../../src/kernel/schema.ts';
import { fintech, fintechJson, ROOT, temporaryFolder, write } from './program.ts';

let folder: ReturnType<typeof temporaryFolder>;
let cwd: string;
beforeEach(() => {
  folder = temporaryFolder();
  cwd = folder.path;
  mkdirSync(join(cwd, '.git'));
});
afterEach(() => folder[Symbol.dispose]());

const envelope = validatorOf(
  JSON.parse(readFileSync(join(ROOT, 'schema/envelope.schema.json'), 'utf8')) as object,
);

describe('help', () => {
  it.each([[['-h']], [['--help']], [[]]])(
    'of the whole is at most fifteen lines, an example first: %j',
    async (args) => {
      const { stdout, stderr, exitCode } = await fintech(args, { cwd });
      expect(exitCode).toBe(0);
      expect(stderr).toBe('');
      expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
      expect(stdout).toMatch(/^fintech init bank/);
    },
  );

  it('of a verb starts with its example', async () => {
    const { stdout, exitCode } = await fintech(['token', 'mint', '-h'], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout.trimStart()).toMatch(/^(?:TOKEN=\$\()?fintech token mint/);
  });
});

it('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect((await fintech(['--version'], { cwd })).stdout).toBe(`${version}\n`);
});

describe('a wrong command line', () => {
  it.each([
    [['statsu'], 'USAGE_UNKNOWN_COMMAND', 'Did you mean status?'],
    [['token', 'mnt'], 'USAGE_UNKNOWN_COMMAND', 'Did you mean mint?'],
    [['up', '--detatch'], 'USAGE_INVALID', 'Did you mean --detach?'],
    [['up', '--timeout', 'soon'], 'USAGE_INVALID', undefined],
    [['logs', 'a', 'b'], 'USAGE_INVALID', undefined],
    [['restart'], 'USAGE_INVALID', undefined],
    [['status', '--color', 'blue'], 'USAGE_INVALID', undefined],
  ])('%j exits 2 and says what was meant', async (args, code, hint) => {
    const { exitCode, ok, error, data } = await fintechJson(args, { cwd });
    expect({ exitCode, ok, data, code: error?.code }).toEqual({
      exitCode: 2,
      ok: false,
      data: null,
      code,
    });
    expect(error?.hint ?? '').toContain(hint ?? '');
  });

  it('is three lines on stderr: what failed, why, what to do', async () => {
    const { stdout, stderr } = await fintech(['up', '--detatch'], { cwd });
    expect(stdout).toBe('');
    expect(stderr).toBe(
      "error: the command line is wrong [USAGE_INVALID]\n  unknown option '--detatch'\n  next: Did you mean --detach?\n",
    );
  });
});

describe('--json', () => {
  it('prints one object of the published shape, also for errors', async () => {
    for (const args of [['status'], ['nonsense'], ['token', 'defects']]) {
      const { stdout, stderr } = await fintech([...args, '--json'], { cwd });
      expect(stdout.trimEnd().split('\n')).toHaveLength(1);
      expect(envelope(JSON.parse(stdout))).toMatchObject({ ok: true });
      expect(stderr).toBe('');
    }
  });
});

describe('fintech.yaml', () => {
  const inside = (text: string) => write(join(cwd, 'fintech.yaml'), text);

  it('with an unknown key exits 2 with its line and the nearest key', async () => {
    inside('name: acme\nsandbox:\n  prots: { gateway: 8080 }\n');
    const { stderr, exitCode } = await fintech(['up'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      `fintech.yaml:3:3: sandbox: unknown key "prots". Did you mean "ports"?`,
    );
  });

  it('is found from a folder below, and by --config and -C', async () => {
    inside('name: acme\n');
    mkdirSync(join(cwd, 'a/b'), { recursive: true });
    const below = await fintechJson(['env'], { cwd: join(cwd, 'a/b') });
    const named = await fintechJson(['env', '--config', join(cwd, 'fintech.yaml')], { cwd: '/' });
    const moved = await fintechJson(['env', '-C', cwd], { cwd: '/' });
    expect([below.exitCode, named.exitCode, moved.exitCode]).toEqual([0, 0, 0]);
    expect(named.data).toEqual(below.data);
    expect(moved.data).toEqual(below.data);
  });

  it('is not looked for above the git root', async () => {
    inside('name: acme\n');
    mkdirSync(join(cwd, 'inner/.git'), { recursive: true });
    const { error, exitCode } = await fintechJson(['env'], { cwd: join(cwd, 'inner') });
    expect([exitCode, error?.code]).toEqual([2, 'CONFIG_NOT_FOUND']);
  });

  it('with a route that nothing opens or closes is refused at its line', async () => {
    inside('name: acme\ngateway:\n  routes:\n    - { path: /v1, service: x }\n');
    const { stderr, exitCode } = await fintech(['up', '--dry-run'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('fintech.yaml:4:7:');
  });

  it('that does not exist where --config says is a clear error', async () => {
    const { error, exitCode } = await fintechJson(['env', '--config', 'nowhere.yaml'], { cwd });
    expect([exitCode, error?.code]).toEqual([2, 'CONFIG_NOT_FOUND']);
  });
});

describe('output', () => {
  it('has no colour where it is not a terminal, and has it when told', async () => {
    const escape = '\u001b[';
    const plain = await fintech(['statsu'], { cwd });
    const colored = await fintech(['status', '--color', 'always'], { cwd });
    expect(plain.stderr).not.toContain(escape);
    expect(colored.stderr).toContain(escape);
  });
});
