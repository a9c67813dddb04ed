import { once } from 'node:events';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  cleanEnvironment,
  ENTRY,
  fintech,
  fintechJson,
  temporaryFolder,
  write,
} from './program.ts';

let folder: ReturnType<typeof temporaryFolder>;
let cwd: string;
beforeAll(async () => {
  folder = temporaryFolder();
  cwd = folder.path;
  write(join(cwd, 'fintech.yaml'), 'name: acme\n');
  write(join(cwd, 'patient.mjs'), PATIENT);
  const { exitCode, stderr } = await fintech(['up', '--detach'], { cwd });
  if (exitCode !== 0) throw new Error(stderr);
});
afterAll(async () => {
  await fintech(['down'], { cwd });
  folder[Symbol.dispose]();
});

/** Says which signals come, outlives them as a debugger does, and ends with 7 at the third. */
const PATIENT = `
let count = 0;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    console.log(name);
    count += 1;
    if (count === 3) setTimeout(() => process.exit(7), 300);
  });
}
setInterval(() => {}, 1000);
console.log('here');
`;

const exec = (...args: string[]) => fintech(['exec', ...args], { cwd });
const patient = [process.execPath, 'patient.mjs'];
const PATIENCE = { timeout: 30_000, interval: 20 };

describe('exec ends with', () => {
  it.each([
    ['exit 7', 7],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
  ])('what `sh -c "%s"` ends with: %i', async (script, exitCode) => {
    expect(await exec('--', 'sh', '-c', script)).toEqual({ stdout: '', stderr: '', exitCode });
  });
});

describe('exec gives its command', () => {
  it.each([[[]], [['--']]])('all flags behind its name: exec %j', async (before) => {
    const flags = ['--version', '--json', '-h', '-C', 'x'];
    const { stdout, exitCode } = await exec(...before, 'echo', ...flags);
    expect([stdout, exitCode]).toEqual([`${flags.join(' ')}\n`, 0]);
  });

  it('none of the flags before its name', async () => {
    const args = ['-C', cwd, 'exec', '--color', 'never', '--verbose', 'echo', 'word'];
    expect(await fintech(args, { cwd: '/' })).toMatchObject({ stdout: 'word\n', exitCode: 0 });
  });
});

describe('exec of what cannot be run', () => {
  it.each([
    ['not-a-command', 'no such file or directory'],
    ['/etc/passwd', 'permission denied'],
  ])('%s is told with its reason', async (file, why) => {
    const { exitCode, stderr } = await exec(file);
    expect(exitCode).toBe(5);
    expect(stderr).toContain('[SANDBOX_COMMAND_NOT_FOUND]');
    expect(stderr).toContain(`cannot run "${file}": ${why}`);
  });

  it('is an error of one object with --json', async () => {
    const { exitCode, stdout } = await fintech(['exec', '--json', 'not-a-command'], { cwd });
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'exec',
      error: { code: 'SANDBOX_COMMAND_NOT_FOUND' },
    });
    expect((await fintechJson(['exec'], { cwd })).error?.code).toBe('USAGE_INVALID');
  });
});

describe('a signal to exec', () => {
  it('goes to its command, which decides when to end', async () => {
    const program = execa(process.execPath, [ENTRY, 'exec', ...patient], {
      cwd,
      env: cleanEnvironment(),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      await once(program.stdout, 'data');
      process.kill(program.pid ?? 0, signal);
    }
    expect(await program).toMatchObject({
      stdout: 'here\nSIGINT\nSIGTERM\nSIGHUP',
      stderr: '',
      exitCode: 7,
    });
  });

  it.skipIf(process.platform !== 'linux')(
    'by the keys of a terminal reaches its command once',
    async () => {
      // The shell of `script` gives way: one that waits, as dash does, dies of the keys itself.
      const line = ['exec', process.execPath, ENTRY, 'exec', ...patient].join(' ');
      const terminal = execa('script', ['-qec', line, '/dev/null'], {
        cwd,
        env: cleanEnvironment(),
        extendEnv: false,
        reject: false,
        stdin: 'pipe',
      });
      let printed = '';
      terminal.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      for (let count = 0; count < 3; count++) {
        await vi.waitFor(() => {
          expect(printed).toContain('here');
          expect(printed.match(/SIGINT/g) ?? []).toHaveLength(count);
        }, PATIENCE);
        terminal.stdin.write('\u0003');
      }
      const { stdout, exitCode } = await terminal;
      expect(exitCode).toBe(7);
      expect(stdout.match(/SIG\w+/g)).toEqual(['SIGINT', 'SIGINT', 'SIGINT']);
    },
  );
});
