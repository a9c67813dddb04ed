/** Asks a person. Every call fails with USAGE_MISSING_VALUE, naming the flag, where there is no terminal. */
export interface Prompts {
  /** @param question `flag` is what answers it without asking */
  text(question: { message: string; flag: string; initial?: string }): Promise<string>;
  choose(question: { message: string; flag: string; choices: string[] }): Promise<string[]>;
  /** True at once with `--yes`. */
  confirm(question: { message: string; flag: string }): Promise<boolean>;
}
