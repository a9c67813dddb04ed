import type { Command } from 'commander';
import type { VerifiedToken, VerifyInput } from '../app/token-judgement.ts';
import { SIGNING_ALGORITHMS } from '../model/token-request.ts';
import { tokenArgument } from './token-inspect.ts';
import { oneOf, usage } from './token-options.ts';
import type { Verb } from './verb.ts';

interface Flags {
  jwks?: string;
  iss?: string;
  issuer?: string;
  dpopProof?: string;
  method?: string;
  url?: string;
  aud: string;
  alg?: string;
  typ?: string;
  signatureOnly?: true;
  explain?: true;
}

const TYPES = ['at+jwt', 'JWT', 'any'] as const;
const MARKS = { passed: 'ok', failed: 'failed', 'not reached': '-' } as const;

/** What `--explain` shows is decided by the flag, and shown from the data. */
interface Judged extends VerifiedToken {
  explained: boolean;
}

export const verb: Verb<VerifyInput & { explain: boolean }, Judged> = {
  examples: ['fintech token mint | fintech token verify --explain'],
  configure(command: Command): void {
    command
      .argument('[token]', 'a JWT, with or without `Bearer`; - or nothing reads stdin')
      .option('--jwks <file|url>', "keys to check it by; this project's by default")
      .option('--issuer <url>', 'another issuer; its keys are found by discovery')
      .option('--iss <issuer>', 'what iss must be, if not that issuer or this project')
      .option('--aud <audience>', 'the audience it must name', 'api')
      .option('--alg <name>', `only this one of ${SIGNING_ALGORITHMS.join(', ')}`)
      .option('--typ <type>', `${TYPES.join(', ')}; as identity.typ says by default`)
      .option('--dpop-proof <jwt>', 'the DPoP proof of a token that is bound to a key')
      .option('--method <method>', 'of the request with that proof; GET by default')
      .option('--url <url>', 'of that request')
      .option('--signature-only', 'judge form, key and signature, no claims')
      .option('--explain', 'show every step');
  },
  input(command: Command) {
    const flags = command.opts<Flags>();
    if (flags.issuer !== undefined && flags.jwks !== undefined) {
      throw usage('keys would come from two places', 'Give --jwks with --iss, or --issuer alone.');
    }
    return {
      token: tokenArgument(command),
      jwks: flags.jwks,
      issuerUrl: flags.issuer,
      issuer: flags.iss,
      proof: proofOf(flags),
      audience: flags.aud,
      algorithm:
        flags.alg === undefined ? undefined : oneOf('--alg', flags.alg, SIGNING_ALGORITHMS),
      typ: flags.typ === undefined ? undefined : oneOf('--typ', flags.typ, TYPES),
      signatureOnly: flags.signatureOnly === true,
      explain: flags.explain === true,
    };
  },
  async run(context, { explain, ...input }) {
    const { verifyToken } = await import('../app/token-judgement.ts');
    const { data, ...rest } = await verifyToken(context, input);
    return { ...rest, data: { ...data, explained: explain } };
  },
  present({ accepted, explained, steps, detail, scopes }, style) {
    const verdict = accepted ? style.good('accepted') : `${style.bad('refused')}: ${detail}`;
    if (!explained) return verdict;
    return [
      ...steps.map(({ step, result }) => `${MARKS[result].padEnd(6)}  ${step}`),
      verdict,
      ...(scopes === undefined ? [] : [`scopes: ${scopes.join(' ') || 'none'}`]),
    ].join('\n');
  },
  explainsFailure: true,
  dataSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['accepted', 'steps', 'leftOut', 'issuer', 'audience', 'explained'],
    properties: {
      accepted: { type: 'boolean' },
      reason: { type: 'string' },
      detail: { type: 'string' },
      issuer: { description: 'What `iss` had to be.', type: 'string' },
      audience: { description: 'What `aud` had to name.', type: 'string' },
      explained: { type: 'boolean' },
      scopes: {
        description: 'What an accepted token is good for.',
        type: 'array',
        items: { type: 'string' },
      },
      leftOut: {
        description: 'Published keys that nothing is checked by.',
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['kid', 'why'],
          properties: { kid: { type: 'string' }, why: { type: 'string' } },
        },
      },
      steps: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['step', 'result'],
          properties: {
            step: { type: 'string' },
            result: { enum: ['passed', 'failed', 'not reached'] },
          },
        },
      },
    },
  },
};

function proofOf({ dpopProof, method, url, signatureOnly }: Flags): VerifyInput['proof'] {
  if (dpopProof === undefined) {
    if (method === undefined && url === undefined) return undefined;
    throw usage('--method and --url are about a proof', 'Add --dpop-proof.');
  }
  if (signatureOnly === true) {
    throw usage('--signature-only looks at no proof', 'Leave --dpop-proof out.');
  }
  if (url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw usage('--dpop-proof needs the --url of its request', 'Write http://127.0.0.1:8080/….');
  }
  return { proof: dpopProof, method: method ?? 'GET', url };
}
