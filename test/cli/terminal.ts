import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { vi } from 'vitest';
import { cleanEnvironment, ENTRY } from './program.ts';

export const ENTER = '\r';
export const DOWN = '\u001B[B';
export const CTRL_C = '\u0003';

/** The program on a terminal, and a person who reads before typing. */
export class Terminal {
  readonly #script: ChildProcessByStdio<Writable, Readable, null>;
  readonly #closed: Promise<unknown[]>;
  #shown = '';
  #read = 0;

  constructor(args: readonly string[], cwd: string) {
    const command = [process.execPath, ENTRY, ...args].map((word) => `'${word}'`).join(' ');
    this.#script = spawn('script', ['-qec', `exec ${command}`, '/dev/null'], {
      cwd,
      env: { ...cleanEnvironment(), TERM: 'xterm', COLUMNS: '120' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#script.stdout.on('data', (chunk: Buffer) => {
      this.#shown += stripVTControlCharacters(String(chunk));
    });
    this.#closed = once(this.#script, 'close');
  }

  get shown(): string {
    return this.#shown;
  }

  /** Waits until this is shown, later than what was waited for before, then types. */
  async answer(question: string, keys: string): Promise<void> {
    await vi.waitFor(
      () => {
        const at = this.#shown.indexOf(question, this.#read);
        if (at === -1) throw new Error(`"${question}" is not in: ${this.#shown}`);
        this.#read = at + question.length;
      },
      { timeout: 20_000, interval: 20 },
    );
    this.#script.stdin.write(keys);
  }

  async exitCode(): Promise<unknown> {
    const [code] = await this.#closed;
    return code;
  }
}
