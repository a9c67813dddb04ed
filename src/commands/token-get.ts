import type { Command } from 'commander';
import type { GetInput, IssuedToken } from '../app/token-flow.ts';
import { FintechError } from '../kernel/errors.ts';
import { AUDIENCES } from '../model/names.ts';
import { collect, oneOf, scopesOf } from './token-options.ts';
import type { Verb } from './verb.ts';

const FLOWS = ['client_credentials', 'pkce', 'device', 'exchange'] as const;

interface Flags {
  client?: string;
  flow: string;
  scope?: string[];
  aud?: string;
  persona?: string;
  dpop?: true;
  subjectToken?: string;
  issuer?: string;
  clientSecretEnv?: string;
  clientKey?: string;
  redirectUri?: string;
}

export const verb: Verb<GetInput, IssuedToken> = {
  examples: [
    'fintech token get --client payments --scope events:append --aud events',
    'fintech token get --client app --flow pkce --persona customer --dpop',
  ],
  configure(command: Command): void {
    command
      .option('--client <id>', 'OAuth client of fintech.yaml, or of --issuer')
      .option('--flow <flow>', FLOWS.join(', '), FLOWS[0])
      .option('--scope <scopes>', 'all it holds by default; may be repeated', collect)
      .option('--aud <audience>', `${AUDIENCES.join(', ')}; at --issuer a resource`)
      .option('--persona <name>', 'answers the personas page; without it, a browser does')
      .option('--dpop', 'bind the token to a new key, which --json shows')
      .option(
        '--subject-token <token>',
        'what exchange exchanges; a token of the persona by default',
      )
      .option('--issuer <url>', 'another issuer, by discovery')
      .option('--client-secret-env <name>', 'variable with the secret of a client of --issuer')
      .option('--client-key <file>', 'private JWK of a client with private_key_jwt')
      .option(
        '--redirect-uri <uri>',
        'of a client of --issuer; http://127.0.0.1/callback by default',
      );
  },
  input(command: Command): GetInput {
    const flags = command.opts<Flags>();
    const { client, aud, issuer } = flags;
    if (client === undefined) {
      throw new FintechError('USAGE_MISSING_VALUE', 'for which client? --client is missing', {
        hint: 'Clients are under identity.clients of fintech.yaml.',
      });
    }
    return {
      client,
      flow: oneOf('--flow', flags.flow, FLOWS),
      scopes: scopesOf(flags.scope),
      audience: issuer === undefined ? oneOf('--aud', aud ?? 'api', AUDIENCES) : aud,
      persona: flags.persona,
      dpop: flags.dpop === true,
      subjectToken: flags.subjectToken,
      issuer,
      clientSecretEnv: flags.clientSecretEnv,
      clientKey: flags.clientKey,
      redirectUri: flags.redirectUri,
    };
  },
  async run(context, input) {
    const { getToken } = await import('../app/token-flow.ts');
    return getToken(context, input);
  },
  present: ({ accessToken }) => accessToken,
  dataSchema: {
    type: 'object',
    additionalProperties: false,
    required: [
      'accessToken',
      'tokenType',
      'expiresInS',
      'scope',
      'refreshToken',
      'idToken',
      'dpopKey',
    ],
    properties: {
      accessToken: { type: 'string' },
      tokenType: { type: 'string' },
      expiresInS: { type: 'number' },
      scope: { type: ['string', 'null'] },
      refreshToken: { type: ['string', 'null'] },
      idToken: { type: ['string', 'null'] },
      dpopKey: { description: 'The private JWK of --dpop.', type: ['object', 'null'] },
    },
  },
};
