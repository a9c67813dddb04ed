import type { Command } from 'commander';
import type { GetInput, IssuedToken } from '../app/token-flow.ts';
import { FintechError } from '../kernel/errors.ts';
import { AUDIENCES } from '../model/names.ts';
import { collect, oneOf, scopesOf } from './token-options.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<GetInput, IssuedToken> = {
  examples: ['fintech token get --client payments --scope events:append --aud events'],
  configure(command: Command): void {
    command
      .option('--client <id>', 'OAuth client of fintech.yaml')
      .option('--scope <scopes>', 'all it holds by default; may be repeated', collect)
      .option('--aud <audience>', AUDIENCES.join(', '), 'api');
  },
  input(command: Command): GetInput {
    const { client, scope, aud } = command.opts<{
      client?: string;
      scope?: string[];
      aud: string;
    }>();
    if (client === undefined) {
      throw new FintechError('USAGE_MISSING_VALUE', 'for which client? --client is missing', {
        hint: 'Clients are under identity.clients of fintech.yaml.',
      });
    }
    return { client, scopes: scopesOf(scope), audience: oneOf('--aud', aud, AUDIENCES) };
  },
  async run(context, input) {
    const { getToken } = await import('../app/token-flow.ts');
    return getToken(context, input);
  },
  present: ({ accessToken }) => accessToken,
  dataSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['accessToken', 'tokenType', 'expiresInS', 'scope'],
    properties: {
      accessToken: { type: 'string' },
      tokenType: { type: 'string' },
      expiresInS: { type: 'number' },
      scope: { type: ['string', 'null'] },
    },
  },
};
