import { FintechError } from '../kernel/errors.ts';
import type { Prompts } from '../kernel/prompts.ts';

interface PromptOptions {
  assumeYes: boolean;
  /** There is a terminal, and `--no-input` was not given. */
  interactive: boolean;
  /** Ends an open question. */
  signal: AbortSignal;
}

/** Asks with inquirer, on stderr, so that stdout stays data. */
export function createPrompts({ assumeYes, interactive, signal }: PromptOptions): Prompts {
  const prompt = async (flag: string) => {
    if (!interactive) throw missingValue(flag);
    const { default: inquirer } = await import('inquirer');
    return inquirer.createPromptModule({ output: process.stderr, signal });
  };
  return {
    interactive,
    text: async ({ message, flag, initial, fault }) => {
      const ask = await prompt(flag);
      const question = {
        type: 'input' as const,
        name: 'answer' as const,
        message,
        ...(initial === undefined ? {} : { default: initial }),
        validate: (answer: string) => fault?.(answer) ?? true,
      };
      return (await ask([question]).catch(interrupted)).answer;
    },
    select: async ({ message, flag, choices, initial }) => {
      const ask = await prompt(flag);
      const question = { type: 'select' as const, name: 'answer' as const, message, choices };
      return (await ask([{ ...question, default: initial }]).catch(interrupted)).answer;
    },
    choose: async ({ message, flag, choices }) => {
      const ask = await prompt(flag);
      const width = Math.max(...choices.map(({ value }) => value.length));
      const question = {
        type: 'checkbox' as const,
        name: 'answer' as const,
        message,
        choices: choices.map(({ value, description, chosen }) => ({
          value,
          name: `${value.padEnd(width)}  ${description}`,
          short: value,
          checked: chosen,
        })),
      };
      return (await ask([question]).catch(interrupted)).answer;
    },
    confirm: async ({ message, flag, initial = false }) => {
      if (assumeYes) return true;
      const ask = await prompt(flag);
      const question = { type: 'confirm' as const, name: 'answer' as const, message };
      return (await ask([{ ...question, default: initial }]).catch(interrupted)).answer;
    },
  };
}

function missingValue(flag: string): FintechError {
  const message = `a value for ${flag} is needed and there is no terminal to ask`;
  return new FintechError('USAGE_MISSING_VALUE', message, {
    hint: `Add ${flag}.`,
    details: { flag },
  });
}

/** Ctrl-C at a prompt is an interruption, not a fault. */
function interrupted(error: unknown): never {
  if (error instanceof Error && error.name === 'ExitPromptError') {
    throw new FintechError('INTERRUPTED', 'what had been started was stopped', {
      hint: 'Run it again when you are ready.',
    });
  }
  throw error;
}
