import type { Random } from '../../../src/kernel/random.ts';
import { type Attempt, sentFor, type Valid } from './bad-requests.ts';
import { candidates } from './bad-values.ts';
import { jsonText, Raw, withAt, withoutAt, withTwice } from './json-text.ts';
import type { Operation } from './openapi.ts';
import { mismatch, type Place, places, type Schema } from './schema.ts';

/** A request changed by chance. It may be a good one still. */
export interface RandomAttempt extends Attempt {
  isBad: boolean;
}

interface Draft {
  schema: Schema;
  valid: object;
  random: Random;
}

export function randomRequests(
  operation: Operation,
  { valid, token, random, count }: { valid: Valid; token: string; random: Random; count: number },
): RandomAttempt[] {
  const draft = { schema: operation.body ?? {}, valid: valid.body ?? {}, random };
  return Array.from({ length: count }, () => {
    const byMember =
      Object.keys(draft.schema.properties ?? {}).length > 0 && random.fraction() < 0.7;
    const body = byMember ? changedJson(draft) : changedBytes(draft);
    const name = body.toString('latin1').slice(0, 300);
    const sent = { ...sentFor(operation, valid, token), body };
    return { name, sent, isBad: isBad(draft.schema, body) };
  });
}

function isBad(schema: Schema, body: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    // Without a body a route may go on as if it were `{}`.
    return text !== '' && mismatch(schema, JSON.parse(text)) !== undefined;
  } catch {
    return true;
  }
}

/** One to three members set, left out or doubled. */
function changedJson({ schema, valid, random }: Draft): Buffer {
  const all = places(schema);
  let value: unknown = valid;
  for (let changes = 1 + below(random, 3); changes > 0; changes--) {
    const place = pick(random, all);
    const kind = below(random, 8);
    if (place === undefined) break;
    if (kind === 0) value = withoutAt(value, place.path);
    else if (kind === 1) value = withTwice(value, place.path) ?? value;
    else if (kind === 2) value = withAt(value, place.path, new Raw(randomText(random)));
    else value = withAt(value, place.path, new Raw(candidateFor(place, all, random)));
    if (hasRawParent(value)) break;
  }
  return Buffer.from(jsonText(value));
}

function candidateFor(place: Place, all: Place[], random: Random): string {
  const own = random.fraction() < 0.7 ? place : (pick(random, all) ?? place);
  return pick(random, candidates(own.schema)) ?? 'null';
}

/** A doubled member is text: nothing below it can be changed any more. */
function hasRawParent(value: unknown): boolean {
  return value instanceof Raw;
}

/** A few bytes put in, taken out or turned over, or the end cut off. */
function changedBytes({ valid, random }: Draft): Buffer {
  let body = Buffer.from(jsonText(valid));
  for (let changes = 1 + below(random, 4); changes > 0; changes--) {
    const at = below(random, body.length + 1);
    const kind = below(random, 4);
    if (kind === 0)
      body = Buffer.concat([body.subarray(0, at), random.bytes(1), body.subarray(at)]);
    else if (kind === 1) body = Buffer.concat([body.subarray(0, at), body.subarray(at + 1)]);
    else if (kind === 2 && at < body.length) body[at] = (body[at] ?? 0) ^ (1 << below(random, 8));
    else body = body.subarray(0, at);
  }
  return body;
}

function randomText(random: Random): string {
  const kind = below(random, 4);
  if (kind === 0) return String(Math.round((random.fraction() - 0.5) * 2 ** 60));
  if (kind === 1) return String((random.fraction() - 0.5) * 10 ** below(random, 20));
  if (kind === 2) return JSON.stringify(random.bytes(below(random, 80)).toString('utf8'));
  return JSON.stringify(random.bytes(below(random, 80)).toString('latin1'));
}

function below(random: Random, limit: number): number {
  return Math.floor(random.fraction() * limit);
}

function pick<T>(random: Random, list: readonly T[]): T | undefined {
  return list[below(random, list.length)];
}
