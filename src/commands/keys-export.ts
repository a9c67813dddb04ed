import type { JsonWebKey } from 'node:crypto';
import type { Command } from 'commander';
import { FintechError } from '../kernel/errors.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<{ private: boolean }, { keys: JsonWebKey[] }> = {
  examples: ['fintech keys export > jwks.json', 'fintech keys export --private > keys.json'],
  configure(command: Command): void {
    command
      .option('--jwks', 'the published keys, for an API that is to trust them; the default')
      .option('--private', 'all keys, for `fintech keys import` elsewhere');
  },
  input(command: Command) {
    const flags = command.opts<{ jwks?: true; private?: true }>();
    if (flags.jwks === true && flags.private === true) {
      throw new FintechError('USAGE_INVALID', '--jwks and --private ask for different keys', {
        hint: 'Give one of them.',
      });
    }
    return { private: flags.private === true };
  },
  async run(context, input) {
    const { exportKeys } = await import('../app/key-changes.ts');
    return exportKeys(context, input);
  },
  present: (jwks) => JSON.stringify(jwks, undefined, 2),
  dataSchema: {
    description: 'A JWK Set (RFC 7517 §5).',
    type: 'object',
    additionalProperties: false,
    required: ['keys'],
    properties: { keys: { type: 'array', items: { type: 'object' } } },
  },
};
