import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FintechError, messageOf } from '../kernel/errors.ts';
import type { Counterexample, CounterexampleFolder } from '../verify/counterexamples.ts';
import type { Context } from './context.ts';

/** The folder of `--save-counterexample`: `<check>-<n>.ndjson`, a folder of that name where several logs have a part. */
export class SavedCounterexamples implements CounterexampleFolder {
  readonly #context: Context;
  readonly #folder: string;
  readonly #left = new Map<string, number>();
  #saved = 0;

  constructor(context: Context, folder: string) {
    this.#context = context;
    this.#folder = folder;
  }

  async save({ check, number, slices }: Counterexample): Promise<void> {
    const name = `${check.replaceAll('/', '-')}-${number}`;
    const [only, ...others] = slices;
    if (only !== undefined && others.length === 0) await this.#write(`${name}.ndjson`, only.text);
    else {
      for (const [index, { source, text }] of slices.entries()) {
        await this.#write(join(name, `${index + 1}-${fileName(source)}.ndjson`), text);
      }
    }
    this.#saved++;
  }

  leave(check: string): void {
    this.#left.set(check, (this.#left.get(check) ?? 0) + 1);
  }

  /** Says what was saved, and what could not be. */
  tell(): void {
    const { reporter } = this.#context;
    if (this.#saved > 0) {
      reporter.note(`${this.#saved} saved in ${this.#folder}: verify each with --only its check`);
    }
    for (const [check, count] of this.#left) {
      reporter.warn(
        `${count} of ${check} not saved: it is of the whole log or of a secret, or no part of the log shows it`,
      );
    }
  }

  async #write(name: string, text: string): Promise<void> {
    const path = resolve(this.#context.cwd, this.#folder, name);
    try {
      await mkdir(dirname(path), { recursive: true });
      // Customers' data: for nobody else's eyes. A byte a character, as the slice has it.
      await writeFile(path, text, { encoding: 'latin1', mode: 0o600 });
    } catch (error) {
      throw new FintechError('USAGE_INVALID', `cannot write ${path}: ${messageOf(error)}`, {
        hint: 'Name a folder that may be written.',
        cause: error,
      });
    }
  }
}

function fileName(source: string): string {
  return source
    .replaceAll(/[^\w.-]+/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 80);
}
