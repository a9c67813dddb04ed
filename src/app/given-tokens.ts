import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { ExpectedAnswer } from '../model/token-defect.ts';
import type { GivenToken } from '../runtime/identity/public.ts';
import type { Context } from './context.ts';
import { readToken } from './good-tokens.ts';

const INVALID_TOKEN: ExpectedAnswer = { status: 401, scheme: 'Bearer', error: 'invalid_token' };
const SCOPE: ExpectedAnswer = { status: 403, scheme: 'Bearer', error: 'insufficient_scope' };
/** OWASP API1: what is not yours is forbidden, or not there. */
const NOT_YOURS: ExpectedAnswer = { status: 403, scheme: null, error: null, or: [404] };

/** Genuine tokens that must not pass, by the names `--with` knows them by. */
const KINDS: Readonly<Record<string, Omit<GivenToken, 'id' | 'token'>>> = {
  'id-token': {
    class: 'S20',
    title: 'An ID token in place of an access token',
    sources: ['RFC 9068 §4', 'RFC 8725 §3.11'],
    expect: INVALID_TOKEN,
  },
  refresh: {
    class: 'C25',
    title: 'A refresh token in place of an access token',
    sources: ['RFC 6749 §1.5', 'RFC 8725 §2.8'],
    expect: INVALID_TOKEN,
  },
  expired: {
    class: 'C1',
    title: 'A token that has expired',
    sources: ['RFC 7519 §4.1.4', 'RFC 9068 §4'],
    expect: INVALID_TOKEN,
  },
  'low-scope': {
    class: 'C17',
    title: 'A token that lacks the scope',
    sources: ['RFC 6750 §3.1'],
    expect: SCOPE,
  },
  'other-audience': {
    class: 'C10',
    title: 'A token for another audience',
    sources: ['RFC 7519 §4.1.3', 'RFC 9068 §4'],
    expect: INVALID_TOKEN,
  },
  'other-user': {
    class: 'C22',
    title: "Another user's token",
    sources: ['OWASP API1:2023'],
    expect: NOT_YOURS,
  },
  revoked: {
    class: 'C23',
    title: 'A token that was revoked',
    sources: ['RFC 7009 §2', 'RFC 7662 §2.2'],
    expect: INVALID_TOKEN,
  },
};

/** Reads `id-token=@file,expired=@file`. @throws FintechError USAGE_INVALID, TOKEN_SOURCE */
export async function givenTokens(
  context: Context,
  flags: readonly string[],
): Promise<GivenToken[]> {
  const given: GivenToken[] = [];
  for (const part of flags.flatMap((flag) => flag.split(','))) {
    const [, kind, file] = /^([^=]+)=@(.+)$/.exec(part.trim()) ?? [];
    if (kind === undefined || file === undefined) {
      throw new FintechError('USAGE_INVALID', '--with is not of the form kind=@file', {
        hint: 'Such as --with expired=@expired.jwt; tokens themselves stay off the command line.',
      });
    }
    const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (known === undefined) {
      const names = Object.keys(KINDS);
      throw new FintechError('USAGE_INVALID', `no --with ${kind}.${didYouMean(kind, names)}`, {
        hint: `Known are ${names.join(', ')}.`,
      });
    }
    given.push({ ...known, id: `given/${kind}`, token: await readToken(context, file) });
  }
  return given;
}
