import type { Command } from 'commander';
import type { VerifiedToken, VerifyInput } from '../app/token-judgement.ts';
import { SIGNING_ALGORITHMS } from '../model/token-request.ts';
import { tokenArgument } from './token-inspect.ts';
import { oneOf } from './token-options.ts';
import type { Verb } from './verb.ts';

interface Flags {
  jwks?: string;
  iss?: string;
  aud: string;
  alg?: string;
  typ: string;
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
      .option('--iss <issuer>', "this project's by default")
      .option('--aud <audience>', 'the audience it must name', 'api')
      .option('--alg <name>', `only this one of ${SIGNING_ALGORITHMS.join(', ')}`)
      .option('--typ <type>', TYPES.join(', '), 'at+jwt')
      .option('--signature-only', 'judge form, key and signature, no claims')
      .option('--explain', 'show every step');
  },
  input(command: Command) {
    const flags = command.opts<Flags>();
    return {
      token: tokenArgument(command),
      jwks: flags.jwks,
      issuer: flags.iss,
      audience: flags.aud,
      algorithm:
        flags.alg === undefined ? undefined : oneOf('--alg', flags.alg, SIGNING_ALGORITHMS),
      typ: oneOf('--typ', flags.typ, TYPES),
      signatureOnly: flags.signatureOnly === true,
      explain: flags.explain === true,
    };
  },
  async run(context, { explain, ...input }) {
    const { verifyToken } = await import('../app/token-judgement.ts');
    const { data, ...rest } = await verifyToken(context, input);
    return { ...rest, data: { ...data, explained: explain } };
  },
  present({ accepted, explained, steps, detail }, style) {
    const verdict = accepted ? style.good('accepted') : `${style.bad('refused')}: ${detail}`;
    if (!explained) return verdict;
    return [
      ...steps.map(({ step, result }) => `${MARKS[result].padEnd(6)}  ${step}`),
      verdict,
    ].join('\n');
  },
  explainsFailure: true,
  dataSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['accepted', 'steps', 'issuer', 'audience', 'explained'],
    properties: {
      accepted: { type: 'boolean' },
      reason: { type: 'string' },
      detail: { type: 'string' },
      issuer: { description: 'What `iss` had to be.', type: 'string' },
      audience: { description: 'What `aud` had to name.', type: 'string' },
      explained: { type: 'boolean' },
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
