import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

/** What a terminal's keys send to every process in front of it. */
const KEYS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const SIGNALS: readonly NodeJS.Signals[] = [...KEYS, 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command in the place of this process: on its streams, and with its signals.
 * @returns its exit code; 128 + n when signal n ended it, as in a shell
 * @throws Error of Node when it cannot be started
 */
export async function runInForeground(
  [file, ...args]: readonly [string, ...string[]],
  options: { cwd: string; env: Readonly<Record<string, string | undefined>> },
): Promise<number> {
  // Listened for before there is a child: a fast one may have its signals sent before we go on.
  using signals = catchSignals();
  const child = spawn(file, args, { ...options, stdio: 'inherit' });
  signals.passOnTo(child);
  const [code, signal] = (await once(child, 'exit')) as
    | [code: number, signal: null]
    | [code: null, signal: NodeJS.Signals];
  return code ?? 128 + constants.signals[signal];
}

/** This process outlives the child, whatever it is sent. The child has got its terminal's keys itself. */
function catchSignals(): Disposable & { passOnTo: (child: ChildProcess) => void } {
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  let child: ChildProcess | undefined;
  const listeners = SIGNALS.map((name) => {
    const passOn = () => {
      if (!atTerminal || !KEYS.includes(name)) child?.kill(name);
    };
    process.on(name, passOn);
    return { name, passOn };
  });
  return {
    passOnTo: (started) => (child = started),
    [Symbol.dispose]: () => {
      for (const { name, passOn } of listeners) process.off(name, passOn);
    },
  };
}
