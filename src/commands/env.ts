import type { EnvironmentInput } from '../app/environment.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<EnvironmentInput, Record<string, string>> = {
  examples: ['fintech env > .env', 'eval "$(fintech env --service ledger | sed s/^/export\\ /)"'],
  dataSchema: { type: 'object', additionalProperties: { type: 'string' } },
  configure: (command) => {
    command.option('--service <name>', 'all that this service is given');
  },
  input: (command) => ({ service: command.opts<{ service?: string }>().service }),
  run: async (context, input) =>
    (await import('../app/environment.ts')).environment(context, input),
  present: (data) =>
    Object.entries(data)
      .map(([name, value]) => `${name}=${quoted(value)}`)
      .join('\n'),
};

/** Single quotes where a shell or a dotenv reader would take a value apart. */
function quoted(value: string): string {
  return /^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
