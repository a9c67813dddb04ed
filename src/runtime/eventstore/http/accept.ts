import { Refusal } from './refusal.ts';

export const NDJSON = 'application/x-ndjson';
export const BATCH_JSON = 'application/cloudevents-batch+json';
/** Asks for the batch too, for clients that know no other JSON. */
export const JSON_TYPE = 'application/json';

/**
 * The first of the offered media types that the client likes best (RFC 9110 §12.5.1).
 * @throws Refusal 406 when it accepts none
 */
export function negotiate(accept: string | undefined, offered: readonly string[]): string {
  const [first = NDJSON] = offered;
  if (accept === undefined || accept.trim() === '') return first;
  const ranges = accept.split(',').map(readRange);
  const rated = offered.map((type) => ({ type, quality: qualityOf(type, ranges) }));
  const best = rated.reduce((left, right) => (right.quality > left.quality ? right : left));
  if (best.quality > 0) return best.type;
  const hint = accept.includes('text/event-stream')
    ? ' Server-Sent Events are not served yet.'
    : '';
  throw new Refusal('not-acceptable', `Served here: ${offered.join(', ')}.${hint}`);
}

interface MediaRange {
  range: string;
  quality: number;
}

function readRange(text: string): MediaRange {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = weight === undefined ? 1 : Number(weight);
  return { range, quality: Number.isFinite(quality) ? quality : 0 };
}

/** The most specific range that covers a type decides. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const group = `${type.slice(0, type.indexOf('/'))}/*`;
  for (const wanted of [type, group, '*/*']) {
    const found = ranges.find(({ range }) => range === wanted);
    if (found !== undefined) return found.quality;
  }
  return 0;
}
