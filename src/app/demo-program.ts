import { execa } from 'execa';
import { type ErrorCode, FintechError } from '../kernel/errors.ts';
import type { Context } from './context.ts';

const COMMAND_MS = 60_000;
/** A terminal interrupts the running command too, and asked twice it would not stop in good order. */
const HEARD_MS = 3000;

export interface RunOptions {
  /** Where, if not in the demo's workspace. */
  where?: string;
  /** An exit code beside 0 that is no failure. */
  mayExit?: number;
  timeoutMs?: number;
}

/** This very program, as the demo runs it: one command after the other, in one workspace. */
export class DemoProgram {
  readonly #context: Context;
  readonly #root: string;

  constructor(context: Context, root: string) {
    this.#context = context;
    this.#root = root;
  }

  /**
   * Runs a command. @returns its stdout
   * @throws FintechError with what the command reported, or DEMO_FAILED
   */
  async run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { self, signal } = this.#context;
    signal.throwIfAborted();
    using patience = this.#untilHeard();
    const { stdout, stderr, exitCode } = await execa(self.node, [self.entry, ...args], {
      ...this.#surroundings(),
      cwd: options.where ?? this.#root,
      timeout: options.timeoutMs ?? COMMAND_MS,
      cancelSignal: patience.signal,
    });
    signal.throwIfAborted();
    if (exitCode === 0 || (exitCode !== undefined && exitCode === options.mayExit)) return stdout;
    const how = `\`fintech ${args.join(' ')}\` ended with ${exitCode ?? 'a time-out'}`;
    throw reported(args, stdout) ?? failed(`${how}:\n${stderr}${stdout}`);
  }

  /** `data` of a command's `--json`. */
  async json<Data>(args: readonly string[], options: RunOptions = {}): Promise<Data> {
    const { data } = JSON.parse(await this.run([...args, '--json'], options)) as { data: Data };
    return data;
  }

  /** Runs the last command, also after an interruption. @throws FintechError DEMO_FAILED */
  async end(args: readonly string[]): Promise<void> {
    const { self } = this.#context;
    const { exitCode, stderr } = await execa(self.node, [self.entry, ...args], {
      ...this.#surroundings(),
      cwd: this.#root,
      timeout: COMMAND_MS,
      // In a group of its own: a second Ctrl-C ends the demo at once, but not the cleaning up.
      detached: true,
    });
    if (exitCode === 0) return;
    throw new FintechError('DEMO_FAILED', `the demo could not clean up: ${stderr.trim()}`, {
      hint: `Run \`fintech ${args.join(' ')}\` in ${this.#root}.`,
    });
  }

  /** FINTECH_ variables are about another workspace: its file, keys, ports and driver. */
  #surroundings() {
    const all = Object.entries(this.#context.environment);
    return {
      env: Object.fromEntries(all.filter(([name]) => !name.startsWith('FINTECH_'))),
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      stripFinalNewline: false,
      maxBuffer: 1e8,
    } as const;
  }

  /** Aborted a while after an interruption, for a command that has not ended by then. */
  #untilHeard(): Disposable & { signal: AbortSignal } {
    const { clock, signal } = this.#context;
    const patience = new AbortController();
    const over = new AbortController();
    const wait = async () => {
      await clock.sleep(HEARD_MS, over.signal);
      patience.abort();
    };
    const begin = () => void wait().catch(() => undefined);
    signal.addEventListener('abort', begin, { once: true });
    return {
      signal: patience.signal,
      [Symbol.dispose]: () => {
        signal.removeEventListener('abort', begin);
        over.abort();
      },
    };
  }
}

/** What is not as it must be. */
export function failed(message: string): FintechError {
  return new FintechError('DEMO_FAILED', message, {
    hint: 'Run `fintech demo --verbose` and report what it prints.',
  });
}

/** The failure that a command reported by `--json`, under its own code. */
function reported(args: readonly string[], stdout: string): FintechError | undefined {
  if (!args.includes('--json') || stdout === '') return undefined;
  const { error } = JSON.parse(stdout) as {
    error: { code: ErrorCode; message: string; hint: string | null } | null;
  };
  if (error === null) return undefined;
  const { code, message, hint } = error;
  return new FintechError(code, message, hint === null ? {} : { hint });
}
