import type { Command } from 'commander';
import type { MatrixRun } from '../app/matrix-run.ts';
import type { MatrixInput } from '../app/token-matrix.ts';
import { FintechError } from '../kernel/errors.ts';
import { matrixReportSchema } from '../model/matrix-report.ts';
import { NEEDS, type Need } from '../model/token-defect.ts';
import { SIGNING_ALGORITHMS } from '../model/token-request.ts';
import { reporterOption, reportersOf } from './reporter-option.ts';
import { audienceOf, collect, oneOf, scopesOf } from './token-options.ts';
import type { Verb } from './verb.ts';

interface Flags {
  json?: true;
  target?: string;
  method?: string;
  body?: string;
  header?: string[];
  scope?: string[];
  persona?: string;
  aud?: string;
  alg?: string;
  accept: string;
  refuse?: string;
  only?: string[];
  skip?: string[];
  has?: string[];
  callback?: string;
  rate?: string;
  goodToken?: string;
  tokenCommand?: string;
  issuer?: string;
  clientId?: string;
  clientSecretEnv?: string;
  jwks?: string;
  with?: string[];
  reporter?: string[];
  iOwnThis?: true;
}

const FORMATS = ['human', 'json', 'junit', 'markdown', 'sarif'] as const;

export const verb: Verb<MatrixInput, MatrixRun> = {
  examples: [
    'fintech token matrix --target http://127.0.0.1:9080/v1/payments --scope payments:read',
    'fintech token matrix --target http://localhost:3000/accounts --good-token token.jwt',
    'fintech token matrix --reporter junit=tokens.xml',
  ],
  configure(command: Command): void {
    addRequestOptions(command);
    addTokenOptions(command);
    command
      .option('--only <names>', 'ids, groups such as claims, or classes such as S6', collect)
      .option('--skip <names>', 'leave these out', collect)
      .option('--has <needs>', `what the API has: ${NEEDS.join(', ')}`, collect)
      .option('--callback <url>', 'where tokens lead that name an address; watch who asks there')
      .option('--rate <n>', 'requests in a second; beyond this machine 5 at most')
      .addOption(reporterOption(FORMATS))
      .option('--i-own-this', 'allow a target beyond this machine');
  },
  input(command: Command): MatrixInput {
    const flags = command.optsWithGlobals<Flags>();
    return {
      target: flags.target,
      method: flags.method === undefined ? undefined : methodOf(flags.method),
      body: flags.body,
      headers: (flags.header ?? []).map(headerOf),
      scopes: scopesOf(flags.scope),
      persona: flags.persona,
      audience: flags.aud === undefined ? undefined : audienceOf(flags.aud),
      algorithm:
        flags.alg === undefined ? undefined : oneOf('--alg', flags.alg, SIGNING_ALGORITHMS),
      accept: flags.accept,
      refuse: flags.refuse,
      only: listOf(flags.only),
      skip: listOf(flags.skip),
      has: listOf(flags.has).map((need): Need => oneOf('--has', need, NEEDS)),
      callback: flags.callback === undefined ? undefined : callbackOf(flags.callback),
      perSecond: flags.rate === undefined ? undefined : rateOf(flags.rate),
      goodToken: flags.goodToken,
      tokenCommand: flags.tokenCommand,
      issuer: flags.issuer,
      clientId: flags.clientId,
      clientSecretEnv: flags.clientSecretEnv,
      jwks: flags.jwks,
      given: flags.with ?? [],
      ownsTarget: flags.iOwnThis === true,
      reporters: reportersOf(FORMATS, flags),
    };
  },
  async run(context, input) {
    const { runTokenMatrix } = await import('../app/token-matrix.ts');
    return runTokenMatrix(context, input);
  },
  present: (run, style) => run.text(style),
  explainsFailure: true,
  dataSchema: matrixReportSchema,
};

function addRequestOptions(command: Command): void {
  command
    .option('--target <url|name>', 'where to send; every one in matrix.targets by default')
    .option('--method <method>', 'GET by default')
    .option('--body <text|@file>', 'sent each time; {{uuid}} in it is another each time')
    .option('--header <name: value>', 'may be repeated; {{uuid}} as in the body', collect)
    .option('--accept <statuses>', 'what means that a token was accepted', '2xx')
    .option('--refuse <statuses>', 'what is as good a refusal as the one that is due');
}

function addTokenOptions(command: Command): void {
  command
    .option('--persona <name>', 'whom the tokens speak for')
    .option('--scope <scopes>', "in place of the persona's; may be repeated", collect)
    .option('--aud <audience>', 'api by default; with --issuer the resource to ask for')
    .option('--alg <name>', `only this one of ${SIGNING_ALGORITHMS.join(', ')}`)
    .option('--good-token <file|->', 'a token of another issuer that the API accepts')
    .option('--token-command <cmd>', 'a program that prints one; run without a shell')
    .option('--issuer <url>', 'get one there by client credentials')
    .option('--client-id <id>', 'of the client at --issuer')
    .option('--client-secret-env <name>', 'the variable that holds its secret')
    .option('--jwks <file|url>', 'the keys that issuer publishes')
    .option('--with <kind=@file>', 'a genuine token that must not pass; see docs', collect);
}

function listOf(flags: readonly string[] = []): string[] {
  return flags.flatMap((flag) => flag.split(',')).flatMap((name) => name.trim() || []);
}

function methodOf(text: string): string {
  if (/^[A-Za-z]{1,20}$/.test(text) && !/^(?:CONNECT|TRACE)$/i.test(text)) {
    return text.toUpperCase();
  }
  throw usage(`--method ${text} is not possible`, 'Such as GET or POST.');
}

const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/;
/** What the matrix, or HTTP itself, says. */
const TAKEN = new Set([
  'authorization',
  'connection',
  'content-length',
  'dpop',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function headerOf(text: string): [string, string] {
  const [, name, value] = HEADER.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw usage('--header is not of the form name: value', "Such as --header 'X-Tenant: acme'.");
  }
  if (!TAKEN.has(name.toLowerCase())) return [name, value];
  throw usage(`--header ${name} is for the matrix to say`, 'Leave it out.');
}

function callbackOf(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.href;
  throw usage('--callback is no http or https address', 'Give one where you see what is fetched.');
}

const MAX_RATE = 1000;

function rateOf(text: string): number {
  const rate = /^\d{1,4}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (rate > 0 && rate <= MAX_RATE) return rate;
  throw usage(`--rate ${text} is not possible`, `Give a number above 0, up to ${MAX_RATE}.`);
}

function usage(message: string, hint: string): FintechError {
  return new FintechError('USAGE_INVALID', message, { hint });
}
