import { type Command, Option } from 'commander';
import type { MintedTokens, MintInput } from '../app/tokens.ts';
import { FintechError } from '../kernel/errors.ts';
import {
  DEFAULT_LIFETIME_S,
  formatToken,
  MAX_INSTANT_MS,
  MAX_LIFETIME_S,
  MAX_SKEW_MS,
  RESERVED_CLAIMS,
  SIGNING_ALGORITHMS,
  TOKEN_OUTPUTS,
} from '../model/token-request.ts';
import {
  audienceOf,
  claimsOf,
  collect,
  durationMs,
  instantMs,
  oneOf,
  scopesOf,
  usage,
  wholeNumber,
} from './token-options.ts';
import type { Verb } from './verb.ts';

interface Flags {
  json?: true;
  persona?: string;
  scope?: string[];
  aud: string;
  ttl: string;
  at?: string;
  skew: string;
  claim?: string[];
  alg: string;
  iss?: string;
  iOwnThis?: true;
  defect?: string[];
  twin?: true;
  from?: string;
  jwks?: string;
  callback?: string;
  dpop?: true;
  method?: string;
  url?: string;
  nonce?: string;
  seed?: string;
  output: string;
  n: string;
}

const MAX_COUNT = 100_000;
/** `--json` keeps all tokens in memory. */
const MAX_KEPT = 10_000;

export const verb: Verb<MintInput, MintedTokens> = {
  examples: [
    'TOKEN=$(fintech token mint --persona customer --scope payments:write)',
    'fintech token mint --persona customer --defect claims/expired -o curl',
  ],
  configure(command: Command): void {
    const reserved = Object.keys(RESERVED_CLAIMS).join(', ');
    command
      .option('--persona <name>', 'whom it speaks for; service:<client> for a client')
      .option('--scope <scopes>', "in place of the persona's; may be repeated", collect)
      .option('--aud <audience>', 'api, events, admin or your own', 'api')
      .option('--ttl <duration>', 'how long it is valid', `${DEFAULT_LIFETIME_S / 60}m`)
      .option('--at <time>', 'when it is issued, such as 2027-01-01T00:00Z; now by default')
      .option('--skew <duration>', "how far the issuer's clock is off, such as -90s", '0s')
      .option('--claim <k=v>', `a further claim; k:=json for JSON; not ${reserved}`, collect)
      .option('--alg <name>', SIGNING_ALGORITHMS.join(', '), 'ES256')
      .option('--iss <url>', 'another issuer, on loopback, .test or .example')
      .option('--i-own-this', 'allow any issuer')
      .option('--defect <id>', 'break it; may be repeated; see `fintech token defects`', collect)
      .option('--twin', 'the same token without defects')
      .option('--from <token>', 'break this good token of anybody; - reads stdin')
      .option('--jwks <file|url>', 'the keys of its issuer; ours by default')
      .option('--callback <url>', 'where jku and the like of defects lead')
      .option('--dpop', 'bind it to a new key, with a proof for one request')
      .option('--method <method>', 'of that request; GET by default')
      .option('--url <url>', "of that request; the gateway's by default")
      .option('--nonce <nonce>', 'for that proof, from DPoP-Nonce of the API')
      .option('--seed <text>', 'the same claims every time, together with --at')
      .addOption(new Option('-o, --output <form>', TOKEN_OUTPUTS.join(', ')).default('token'))
      .option('-n <count>', `this many, at most ${MAX_COUNT}`, '1');
  },
  input(command: Command): MintInput {
    const flags = command.optsWithGlobals<Flags>();
    const kept = flags.json === true;
    if (flags.twin === true && flags.defect === undefined) {
      throw new FintechError('USAGE_INVALID', '--twin needs the --defect it leaves out', {
        hint: 'A token without --defect is good already.',
      });
    }
    const count = wholeNumber('-n', flags.n, kept ? MAX_KEPT : MAX_COUNT);
    const lifetime = { minMs: 1000, maxMs: MAX_LIFETIME_S * 1000 };
    const skew = { minMs: -MAX_SKEW_MS, maxMs: MAX_SKEW_MS };
    return {
      persona: flags.persona,
      scopes: scopesOf(flags.scope),
      audience: audienceOf(flags.aud),
      lifetimeS: durationMs('--ttl', flags.ttl, lifetime) / 1000,
      atMs: flags.at === undefined ? undefined : instantMs('--at', flags.at, MAX_INSTANT_MS),
      skewMs: durationMs('--skew', flags.skew, skew),
      claims: claimsOf(flags.claim ?? []),
      algorithm: oneOf('--alg', flags.alg, SIGNING_ALGORITHMS),
      issuer: flags.iss,
      ownsIssuer: flags.iOwnThis === true,
      defects: flags.defect ?? [],
      twin: flags.twin === true,
      from: givenToken(command, flags),
      callback: callbackOf(flags.callback),
      proof: proofOf(flags),
      seed: flags.seed,
      count,
      output: oneOf('--output', flags.output, TOKEN_OUTPUTS),
      streamed: count > 1 && !kept,
    };
  },
  async run(context, input) {
    const { mintTokens } = await import('../app/tokens.ts');
    return mintTokens(context, input);
  },
  present({ tokens, output, target, method }) {
    if (tokens.length === 0) return undefined;
    return tokens.map((token) => formatToken(token, output, { url: target, method })).join('\n');
  },
  dataSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['output', 'target', 'method', 'tokens'],
    properties: {
      output: { enum: TOKEN_OUTPUTS },
      target: { description: 'Where such a token is meant to be sent.', type: 'string' },
      method: { type: 'string' },
      tokens: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['token', 'header', 'claims'],
          properties: {
            token: { type: 'string' },
            header: { type: 'object' },
            claims: { type: 'object' },
            proof: { description: 'The DPoP proof that goes with it.', type: 'string' },
            request: {
              description: 'How a request carries it, where that is not the usual way.',
              type: 'object',
              additionalProperties: false,
              required: ['headers'],
              properties: {
                headers: {
                  type: 'array',
                  items: {
                    type: 'array',
                    minItems: 2,
                    maxItems: 2,
                    items: { type: 'string' },
                  },
                },
                query: { type: 'string' },
                form: { type: 'string' },
              },
            },
          },
        },
      },
    },
  },
};

/** RFC 9110 §5.6.2: a method is a token. */
const METHOD = /^[!#$%&'*+.^_`|~\w-]{1,32}$/;
/** RFC 9449 §8.1. */
const NONCE = /^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/;

/** A defect of proofs implies `--dpop`, so the flags about its request stand with either. */
/** Flags that say what is in a new token. */
const OF_NEW_TOKENS = [
  'persona',
  'scope',
  'ttl',
  'at',
  'skew',
  'claim',
  'alg',
  'iss',
  'iOwnThis',
  'dpop',
  'nonce',
  'n',
];

function givenToken(command: Command, { from, jwks, defect }: Flags): MintInput['from'] {
  if (from === undefined) {
    if (jwks === undefined) return undefined;
    throw usage('--jwks is about a token that is given', 'Add --from.');
  }
  if (defect === undefined) throw usage('--from needs a --defect to be made of it', 'Name one.');
  const clash = OF_NEW_TOKENS.find((name) => command.getOptionValueSource(name) === 'cli');
  if (clash === undefined) return { token: from, jwks };
  const flag = command.options.find((option) => option.attributeName() === clash)?.flags ?? clash;
  throw usage(`${flag} says what is in a new token`, 'With --from the token is as it came.');
}

function callbackOf(url: string | undefined): string | undefined {
  if (url === undefined || /^https?:$/.test(URL.parse(url)?.protocol ?? '')) return url;
  throw usage(`--callback "${url}" is not an http or https address`, 'Write http://host/keys.');
}

function proofOf(flags: Flags): MintInput['proof'] {
  const { dpop, defect = [], method, url, nonce } = flags;
  const isAsked = method !== undefined || url !== undefined || nonce !== undefined;
  if (dpop !== true && !isAsked) return undefined;
  if (dpop !== true && !defect.some((id) => id.startsWith('dpop/'))) {
    throw usage('--method, --url and --nonce are about a proof', 'Add --dpop.');
  }
  if (method !== undefined && !METHOD.test(method)) {
    throw usage(`--method "${method}" is no method`, 'Write GET or POST.');
  }
  const scheme = url === undefined ? 'http:' : URL.parse(url)?.protocol;
  if (scheme !== 'http:' && scheme !== 'https:') {
    throw usage(`--url "${url}" is not an http or https address`, 'Write http://127.0.0.1:8080/….');
  }
  if (nonce !== undefined && !NONCE.test(nonce)) {
    throw usage('--nonce is no nonce', 'It is what the field DPoP-Nonce of an answer holds.');
  }
  return { method: method ?? 'GET', url, nonce };
}
