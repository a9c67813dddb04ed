import type { Command } from 'commander';
import type { InspectedToken } from '../app/token-judgement.ts';
import { printable } from '../kernel/printable.ts';
import type { Style } from '../model/style.ts';
import type { Verb } from './verb.ts';

interface Input {
  /** Undefined reads stdin. */
  token: string | undefined;
}

export const verb: Verb<Input, InspectedToken> = {
  examples: ['fintech token mint | fintech token inspect'],
  configure(command: Command): void {
    command.argument('[token]', 'a JWT, with or without `Bearer`; - or nothing reads stdin');
  },
  input: (command: Command) => ({ token: tokenArgument(command) }),
  async run(context, { token }) {
    const { inspectToken } = await import('../app/token-judgement.ts');
    return inspectToken(context, token);
  },
  present(data, style) {
    return [
      style.bold('header'),
      ...members(data.header, {}, style),
      style.bold('claims'),
      ...members(data.claims, data.times, style),
      style.dim(`signature of ${data.signatureBytes} bytes, not checked`),
    ].join('\n');
  },
  dataSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['header', 'claims', 'signatureBytes', 'remarks', 'times'],
    properties: {
      header: { type: 'object' },
      claims: { type: 'object' },
      signatureBytes: { type: 'integer' },
      remarks: { type: 'array', items: { type: 'string' } },
      times: {
        description: 'The NumericDate claims as RFC 3339.',
        type: 'object',
        additionalProperties: { type: 'string' },
      },
    },
  },
};

/** The token of the command line; undefined when it is to be read from stdin. */
export function tokenArgument(command: Command): string | undefined {
  const [token] = command.args;
  return token === '-' ? undefined : token;
}

function members(
  values: Record<string, unknown>,
  times: Record<string, string>,
  style: Style,
): string[] {
  const rows = Object.entries(values).map(([name, value]) => ({
    name: printable(name),
    text: printable(typeof value === 'string' ? value : JSON.stringify(value)),
    time: times[name] === undefined ? '' : `  ${style.dim(times[name])}`,
  }));
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  return rows.map(({ name, text, time }) => `  ${name.padEnd(width)}  ${text}${time}`);
}
