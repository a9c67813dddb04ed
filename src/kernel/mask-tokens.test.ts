import { describe, expect, it } from 'vitest';
import { maskTokens } from './mask-tokens.ts';

const PART = Buffer.from('{"alg":"ES256"}').toString('base64url');
const SECRET = `sandbox_${'a'.repeat(43)}`;

describe('a text without its credentials', () => {
  it.each([
    ['a token', `no persona "${PART}.${PART}.c2ln".`, 'no persona "(a token)".'],
    ['a token without signature', `/v1/${PART}.${PART}.`, '/v1/(a token)'],
    ['a header and a payload', `${PART}.${PART}`, '(a token)'],
    ['two tokens', `${PART}.${PART}.a ${PART}.${PART}.b`, '(a token) (a token)'],
    ['an encrypted token without key', `${PART}..aXY.Y2lwaGVy.dGFn`, '(a token)'],
    ['an encrypted token with its key', `${PART}.a2V5.aXY.Y2lwaGVy.dGFn`, '(a token)'],
    ['a client secret', `client_secret=${SECRET}&x`, 'client_secret=(a token)&x'],
  ])('has none of %s', (_name, text, masked) => {
    expect(maskTokens(text)).toBe(masked);
  });

  it.each([['a plain sentence'], ['eyJ'], ['sandbox-0123'], [PART]])('leaves %s as it is', (text) =>
    expect(maskTokens(text)).toBe(text),
  );
});
