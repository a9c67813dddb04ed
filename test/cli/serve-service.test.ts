import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { markOf } from '../../src/runtime/sandbox/processes.ts';
import { runnerMessageOf } from '../../src/runtime/sandbox/runner-message.ts';
import { temporaryFolder, write } from './program.ts';
import { type Part, startPart } from './serve-part.ts';

const WAIT = { timeout: 20_000, interval: 20 };

let folder: ReturnType<typeof temporaryFolder>;
let runner: Part | undefined;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  await runner?.kill();
  folder[Symbol.dispose]();
});

function start(code: string, input: 'null' | 'closed' = 'null'): Part {
  write(join(folder.path, 'src/main.mjs'), code);
  const command = ['--', process.execPath, 'src/main.mjs'];
  const started = startPart(['serve', 'service', '--watch', 'src', ...command], {
    cwd: folder.path,
    input,
  });
  runner = started;
  return started;
}

const messagesOf = (part: Part) => part.errorLines().flatMap((line) => runnerMessageOf(line) ?? []);

const ENDING_IN_ORDER = `
process.on('SIGTERM', () => setTimeout(() => { console.log('gone'); process.exit(); }, 200));
setInterval(() => {}, 1000);
console.log('up ' + process.pid);`;

it.each(['null', 'closed'] as const)(
  'a runner without a parent goes on with its input %s, and ends its command by SIGTERM first',
  async (input) => {
    const part = start(ENDING_IN_ORDER, input);
    await vi.waitFor(() => expect(part.lines()).toHaveLength(1), WAIT);
    // Long enough for a runner that took the end of its input for the end of its parent.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(markOf(Number(part.lines()[0]?.slice(3)))).toBeDefined();
    const { exitCode, tookMs } = await part.stop();
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(2000);
    expect(part.lines()[1]).toBe('gone');
    expect(messagesOf(part)).toEqual([{ state: 'running', process: undefined }]);
  },
);

it('a runner prints how its command fares: restarts, the crash, the start after a change', async () => {
  const part = start('process.exitCode = 3;');
  await vi.waitFor(() => expect(messagesOf(part).at(-1)?.state).toBe('crashed'), WAIT);
  const exit = [{ state: 'running' }, { state: 'restarting', why: 'exit code 3' }];
  expect(messagesOf(part)).toMatchObject([
    ...Array.from({ length: 4 }, () => exit).flat(),
    { state: 'running' },
    { state: 'crashed', why: 'exit code 3' },
  ]);
  write(join(folder.path, 'src/main.mjs'), ENDING_IN_ORDER);
  await vi.waitFor(() => expect(part.lines()).toHaveLength(1), WAIT);
  expect(messagesOf(part)).toHaveLength(11);
  expect(messagesOf(part).at(-1)).toEqual({ state: 'running', process: undefined });
  expect(await part.stop()).toMatchObject({ exitCode: 0 });
});

it('a runner is understood behind what its command did not end with a line', async () => {
  const part = start("process.stderr.write('half a line'); process.exitCode = 1;");
  await vi.waitFor(
    () => expect(messagesOf(part)).toContainEqual({ state: 'restarting', why: 'exit code 1' }),
    WAIT,
  );
  expect(part.errorLines().some((line) => line.startsWith('half a line{"fintech"'))).toBe(true);
});

it('a runner ends while its command waits to be started again', async () => {
  const part = start('process.exitCode = 1;');
  await vi.waitFor(() => expect(messagesOf(part).at(-1)?.state).toBe('restarting'), WAIT);
  const { exitCode, tookMs } = await part.stop();
  expect(exitCode).toBe(0);
  expect(tookMs).toBeLessThan(1000);
});
