interface Question {
  message: string;
  /** What answers it without asking. */
  flag: string;
}

/** Asks a person. Every call fails with USAGE_MISSING_VALUE, naming the flag, where there is no terminal. */
export interface Prompts {
  /** Whether there is a person to ask: for what can as well be left at its default. */
  interactive: boolean;
  /** @param question `fault` says what is wrong with an answer, which is then asked again */
  text(
    question: Question & {
      initial?: string;
      fault?: (answer: string) => string | undefined;
    },
  ): Promise<string>;
  /** One of several. */
  select(question: Question & { choices: readonly string[]; initial: string }): Promise<string>;
  /** Any of several. */
  choose(question: Question & { choices: readonly Choice[] }): Promise<string[]>;
  /** True at once with `--yes`. @param question `initial` is the answer of who only presses Enter: no */
  confirm(question: Question & { initial?: boolean }): Promise<boolean>;
}

export interface Choice {
  value: string;
  description: string;
  /** Whether it is chosen from the start. */
  chosen: boolean;
}
