import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { validatorOf } from '../../src/kernel/schema.ts';
import {
  cleanEnvironment,
  ENTRY,
  fintech,
  fintechJson,
  ROOT,
  temporaryFolder,
  write,
} from './program.ts';

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

  it('of a group names its verbs', async () => {
    const { stdout, exitCode } = await fintech(['token', '-h'], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Usage: fintech token <command>[^]*mint[^]*inspect/);
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
    [['status', '--jsn'], 'USAGE_INVALID', 'Did you mean --json?'],
    [['up', '--driver', 'foo'], 'USAGE_INVALID', undefined],
    [['token'], 'USAGE_INVALID', 'fintech token -h'],
    [[], 'USAGE_INVALID', 'fintech -h'],
    [['-C', '/nonexistent', 'status'], 'USAGE_INVALID', '-C'],
    [['-C', '/etc/hostname', 'status'], 'USAGE_INVALID', '-C'],
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

  it.each([
    [['up', '--bogus'], 'up'],
    [['token', 'mint', '--bogus'], 'token mint'],
    [['token', 'mnt'], 'token'],
    [['statsu'], ''],
  ])('%j names the command it was about: %j', async (args, command) => {
    expect(await fintechJson(args, { cwd })).toMatchObject({ command });
  });

  it('of a group without a verb lists the verbs', async () => {
    const { stdout, stderr } = await fintech(['events'], { cwd });
    expect(stdout).toBe('');
    expect(stderr).toContain('"events" needs one of: append, read, tail, export');
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

  it('is found by -C before and behind the command', async () => {
    inside('name: acme\n');
    for (const args of [
      ['-C', cwd, 'env'],
      ['env', '-C', cwd],
      ['keys', '-C', cwd, 'list'],
    ]) {
      expect(await fintech(args, { cwd: '/' })).toMatchObject({ exitCode: 0, stderr: '' });
    }
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

describe('an answer that is bad', () => {
  it('is followed by three lines on stderr', async () => {
    write(join(cwd, 'fintech.yaml'), 'name: acme\n');
    expect(await fintech(['status'], { cwd })).toEqual({
      stdout: 'sandbox stopped (embedded)\n',
      stderr: `error: the sandbox is not running [SANDBOX_NOT_RUNNING]
  the sandbox of this workspace is not running
  next: Run \`fintech up\`.
`,
      exitCode: 5,
    });
  });

  it('and explains itself is left alone', async () => {
    write(join(cwd, 'empty.ndjson'), '');
    const { stderr, exitCode } = await fintech(['verify', '--quiet', 'empty.ndjson'], { cwd });
    expect([stderr, exitCode]).toEqual(['', 4]);
  });
});

/** Runs it by a shell, as `sh -c` would, so that the shell's redirections apply. */
const shell = (redirected: string) =>
  execa('sh', ['-c', `"$0" "$1" ${redirected}`, process.execPath, ENTRY], {
    cwd,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
  });

describe.skipIf(process.platform !== 'linux')('output to a full disk', () => {
  beforeEach(() => write(join(cwd, 'fintech.yaml'), 'name: acme\n'));

  it.each(['token mint', 'env', 'env --json', 'token mint -n 10 --json', 'token defects', '-h'])(
    'ends `%s` with 5',
    async (args) => {
      const { stderr, exitCode } = await shell(`${args} > /dev/full`);
      expect(exitCode).toBe(5);
      expect(stderr).toContain('[OUTPUT_FAILED]');
      expect(stderr).toContain('no space left');
    },
  );

  it('hides no error', async () => {
    const { stderr, exitCode } = await shell('statsu --json > /dev/full');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('[USAGE_UNKNOWN_COMMAND]');
  });
});

describe('a reader that went away', () => {
  beforeEach(() => write(join(cwd, 'fintech.yaml'), 'name: acme\n'));

  /** Its stdout is a pipe that nobody reads from the start on. */
  const unread = async (args: string[]) => {
    const program = start(args);
    program.stdout.destroy();
    const { stderr, exitCode } = await program;
    return { stderr, exitCode };
  };

  it('leaves a result its exit code and a stream in peace', async () => {
    expect(await unread(['env'])).toEqual({ stderr: '', exitCode: 0 });
    expect(await unread(['-h'])).toEqual({ stderr: '', exitCode: 0 });
    expect(await unread(['token', 'mint', '-n', '2000', '--json'])).toEqual({
      stderr: '',
      exitCode: 0,
    });
    expect(await unread(['status'])).toMatchObject({ exitCode: 5 });
  });
});

/** Starts it with a stdin that stays open. */
const start = (args: string[]) =>
  execa(process.execPath, [ENTRY, ...args], {
    cwd,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
    stdin: 'pipe',
  });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a signal', () => {
  it.each([
    ['verify -', 'SIGINT', 130],
    ['verify -', 'SIGTERM', 143],
    ['token inspect -', 'SIGINT', 130],
    ['token inspect -', 'SIGTERM', 143],
  ] as const)('ends `%s` that waits for input: %s', async (args, signal, exitCode) => {
    const program = start(args.split(' '));
    await pause(700);
    process.kill(program.pid ?? 0, signal);
    const ended = await Promise.race([program, pause(5000)]);
    program.stdin.end();
    expect(ended).toMatchObject({ exitCode, stdout: '' });
    expect(ended).toHaveProperty('stderr', expect.stringContaining('[INTERRUPTED]'));
  });

  it('ends what does not heed it, after 15 s', async () => {
    const pipe = join(cwd, 'log.ndjson');
    await execa('mkfifo', [pipe]);
    const program = start(['verify', pipe]);
    await pause(700);
    const since = performance.now();
    process.kill(program.pid ?? 0, 'SIGTERM');
    const ended = await Promise.race([program, pause(20_000)]);
    program.kill('SIGKILL');
    expect(ended).toMatchObject({ signal: 'SIGTERM', stdout: '' });
    expect(performance.now() - since).toBeGreaterThan(14_000);
  });

  it('that comes twice ends all at once', async () => {
    const pipe = join(cwd, 'log.ndjson');
    await execa('mkfifo', [pipe]);
    const program = start(['verify', pipe]);
    for (let count = 0; count < 2; count++) {
      await pause(700);
      process.kill(program.pid ?? 0, 'SIGINT');
    }
    const ended = await Promise.race([program, pause(5000)]);
    program.kill('SIGKILL');
    expect(ended).toMatchObject({ signal: 'SIGINT', stdout: '' });
  });

  it.skipIf(process.platform !== 'linux')('ends a question', async () => {
    const line = `echo "$$" > pid; exec "${process.execPath}" "${ENTRY}" down --volumes`;
    write(join(cwd, 'fintech.yaml'), 'name: acme\n');
    const terminal = execa('script', ['-qec', line, '/dev/null'], {
      cwd,
      env: cleanEnvironment(),
      extendEnv: false,
      reject: false,
      stdin: 'pipe',
    });
    await once(terminal.stdout, 'data');
    await pause(500);
    process.kill(Number(readFileSync(join(cwd, 'pid'), 'utf8')), 'SIGTERM');
    const { exitCode, stdout } = await terminal;
    expect(stdout).toContain('Delete all events');
    expect(exitCode).toBe(143);
  });
});

it('a working folder that is gone is named', async () => {
  const gone = join(cwd, 'gone');
  mkdirSync(gone);
  const program = execa(
    'sh',
    ['-c', 'rm -r "$PWD"; exec "$0" "$1" status', process.execPath, ENTRY],
    {
      cwd: gone,
      env: cleanEnvironment(),
      extendEnv: false,
      reject: false,
    },
  );
  const { stderr, exitCode } = await program;
  expect(exitCode).toBe(2);
  expect(stderr).toContain('[USAGE_INVALID]');
  rmSync(gone, { recursive: true, force: true });
});
