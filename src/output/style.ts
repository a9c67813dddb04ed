import { Chalk } from 'chalk';
import type { Style } from '../model/style.ts';

export type ColorChoice = 'auto' | 'always' | 'never';

interface Terminal {
  isTTY?: boolean | undefined;
}

/** Whether a stream gets colour: the flag first, then `NO_COLOR`, `TERM=dumb` and whether it is a terminal. */
export function wantsColor(
  choice: ColorChoice,
  stream: Terminal,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  const refused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return !refused && stream.isTTY === true;
}

export function styleFor(colored: boolean): Style {
  const chalk = new Chalk({ level: colored ? 1 : 0 });
  return {
    bold: chalk.bold,
    dim: chalk.dim,
    good: chalk.green,
    bad: chalk.red,
    warn: chalk.yellow,
  };
}
