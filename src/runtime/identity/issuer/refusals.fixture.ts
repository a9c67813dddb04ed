import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { answerAsPersona } from '../persona-answer.ts';
import { type IssuerBench, REDIRECT_URI } from './issuer.fixture.ts';

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export type Form = Record<string, string>;

export const VERIFIER: string = 'v'.repeat(43);
export const CHALLENGE: string = createHash('sha256').update(VERIFIER).digest('base64url');

/** Requests that a well-behaved client would not send. */
export interface RawClient {
  post(path: string, form: Form, headers?: Form): Promise<Answer>;
  /** With the secret of a client, `web` unless told, at `/token` unless told. */
  ask(form: Form, to?: { path?: string; id?: string }): Promise<Answer>;
  /** An authorization request, answered as the customer: where the browser ends. */
  authorize(
    changes: Form,
  ): Promise<{ status: number; error: string | null | undefined; redirect: URL | undefined }>;
  /** The same for a whole address. */
  authorizeAt(url: string): Promise<URL | undefined>;
  deny(url: string): Promise<unknown>;
  /** A client assertion (RFC 7523 §3) of `signer` unless told, good but for the changes. */
  assertion(changes?: Record<string, unknown>, id?: string): Promise<string>;
}

export function rawClient(bench: IssuerBench): RawClient {
  const post = async (path: string, form: Form, headers: Form = {}): Promise<Answer> => {
    const url = bench.issuer + path;
    const response = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) });
    const text = await response.text();
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: response.status, headers: response.headers, body };
  };
  const basic = (id: string) => ({
    authorization: `Basic ${btoa(`${id}:${bench.keys.clientSecret(id)}`)}`,
  });
  return {
    post,
    ask: (form, { path = '/token', id = 'web' } = {}) => post(path, form, basic(id)),
    authorize: async (changes) => {
      const form = {
        client_id: 'web',
        response_type: 'code',
        redirect_uri: REDIRECT_URI,
        code_challenge: CHALLENGE,
        code_challenge_method: 'S256',
        scope: 'accounts:read',
        ...changes,
      };
      const sent = Object.entries(form).filter(([, value]) => value !== '');
      const url = `${bench.issuer}/auth?${new URLSearchParams(sent).toString()}`;
      const { redirect, status } = await answerAsPersona({ url, persona: 'customer' });
      return { status, error: redirect?.searchParams.get('error'), redirect };
    },
    authorizeAt: async (url) => (await answerAsPersona({ url, persona: 'customer' })).redirect,
    deny: (url) => answerAsPersona({ url, persona: 'customer', action: 'deny' }),
    assertion: (changes = {}, id = 'signer') => {
      const nowS = Math.floor(Date.now() / 1000);
      const claims = { iss: id, sub: id, aud: bench.issuer, jti: randomUUID(), exp: nowS + 60 };
      return new SignJWT({ ...claims, iat: nowS, ...changes })
        .setProtectedHeader({ alg: 'ES256', kid: 'client-1' })
        .sign(bench.clientKey);
    },
  };
}
