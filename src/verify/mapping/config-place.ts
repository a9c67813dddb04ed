import { didYouMean } from '../../kernel/nearest.ts';
import type { Violation } from '../../kernel/validation.ts';

/** A place in a configuration, and what is found wrong there. */
export class ConfigPlace {
  readonly #pointer: string;
  readonly #violations: Violation[];

  /** @param pointer JSON Pointer into the configuration file */
  constructor(pointer: string, violations: Violation[]) {
    this.#pointer = pointer;
    this.#violations = violations;
  }

  get pointer(): string {
    return this.#pointer;
  }

  in(key: string | number): ConfigPlace {
    const part = String(key).replaceAll('~', '~0').replaceAll('/', '~1');
    return new ConfigPlace(`${this.#pointer}/${part}`, this.#violations);
  }

  refuse(message: string): void {
    this.#violations.push({ path: this.#pointer, message });
  }

  /** A key that is none of those known here. */
  refuseKey(key: string, knownKeys: readonly string[]): void {
    this.#violations.push({
      path: this.#pointer,
      message: `unknown key "${key}"`,
      key,
      knownKeys: [...knownKeys],
    });
  }

  /** A name at `key` that is none of those known. */
  refuseName(key: string, name: string, known: readonly string[]): void {
    this.in(key).refuse(`there is no ${key} "${name}".${didYouMean(name, known)}`);
  }
}
