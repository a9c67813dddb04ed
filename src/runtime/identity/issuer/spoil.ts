import { generateKeyPairSync } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../kernel/time.ts';
import type { Answer } from './answers.ts';

/** A name that no issuer has (RFC 2606). */
export const OTHER_ISSUER = 'https://issuer.example';

/** An answer as it would have been. */
export interface WholeAnswer {
  status: number;
  type: string;
  body: string;
}

/** Sends an answer as its script says; nothing of it is sent before. */
export async function sendSpoilt(
  response: ServerResponse,
  whole: WholeAnswer,
  { answer, clock }: { answer: Answer; clock: Clock },
): Promise<void> {
  if (answer.fault === 'slow') {
    await clock.sleep(answer.delayMs);
    return send(response, whole);
  }
  if (answer.fault === 'truncated') return sendHalf(response, whole);
  if (answer.fault === 'busy') response.setHeader('retry-after', '1');
  send(response, spoilt(whole, answer));
}

function spoilt(whole: WholeAnswer, { fault }: Answer): WholeAnswer {
  switch (fault) {
    case 'error':
      return { ...whole, status: 500, body: '{"error":"server_error"}' };
    case 'busy':
      return { ...whole, status: 429, body: '{"error":"temporarily_unavailable"}' };
    case 'wrong-type':
      return { ...whole, type: 'text/html; charset=utf-8' };
    case 'wrong-issuer':
      return changed(whole, { issuer: OTHER_ISSUER });
    case 'no-keys':
      return changed(whole, { keys: [] });
    case 'duplicate-kid':
      return changed(whole, { keys: [...keysOf(whole), sameKid(whole)] });
    case 'private-key':
      return changed(whole, { keys: [...keysOf(whole), leakedKey()] });
    default:
      return whole;
  }
}

function changed(whole: WholeAnswer, members: Record<string, unknown>): WholeAnswer {
  const value = JSON.parse(whole.body) as Record<string, unknown>;
  return { ...whole, body: JSON.stringify({ ...value, ...members }) };
}

function keysOf({ body }: WholeAnswer): { kid?: string }[] {
  return (JSON.parse(body) as { keys: { kid?: string }[] }).keys;
}

/** Another key by the name of the first. */
function sameKid(whole: WholeAnswer): object {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kid } = keysOf(whole)[0] ?? {};
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
}

/** A private key among the public ones; made for this, and of no use to anyone. */
function leakedKey(): object {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    ...privateKey.export({ format: 'jwk' }),
    kid: 'sandbox-leaked',
    alg: 'ES256',
    use: 'sig',
  };
}

function send(response: ServerResponse, { status, type, body }: WholeAnswer): void {
  response.statusCode = status;
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}

/** The length of the whole, and half of it. */
function sendHalf(response: ServerResponse, { status, type, body }: WholeAnswer): void {
  const bytes = Buffer.from(body);
  response.statusCode = status;
  response.setHeader('content-type', type);
  response.setHeader('content-length', bytes.length);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}
