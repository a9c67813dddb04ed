import { FintechError } from '../../kernel/errors.ts';
import { memberOf, stringOf } from '../../kernel/json-text.ts';
import { splitLines } from '../../kernel/lines.ts';
import { readLine } from '../reading/read-line.ts';
import { MAX_LINE_BYTES } from '../source/source.ts';
import { plainData } from '../user/plain-data.ts';
import type { Projection } from './projection.ts';
import { isObject, wholeNumber } from './same-value.ts';

/** What a live read model said of itself, and the projection it must be. */
export interface ReadModel {
  /** Where it was read, as the user named it. */
  place: string;
  projection: Projection;
  /** Everything up to here is in it. */
  position: bigint;
  entries: ReadonlyMap<string, unknown>;
}

interface Snapshot {
  position: bigint;
  entries: Map<string, unknown>;
}

/**
 * Reads a whole read model: NDJSON, first `{ position }`, then `{ key, value }`.
 * @throws FintechError VERIFY_SOURCE for anything else, with its line
 */
export async function readSnapshot(
  bytes: AsyncIterable<Uint8Array>,
  { place, maxKeys }: { place: string; maxKeys: number },
): Promise<Snapshot> {
  const wrong = (line: number, why: string): FintechError =>
    new FintechError('VERIFY_SOURCE', `${place}, line ${line}: ${why}`, {
      hint: 'A read model is NDJSON: first { "position": "12" }, then { "key": …, "value": … }.',
      details: { source: place, line },
    });
  let position: bigint | undefined;
  const entries = new Map<string, unknown>();
  for await (const { bytes: line, number } of splitLines(bytes, MAX_LINE_BYTES)) {
    const reading = readLine(line);
    if (!reading.ok) throw wrong(number, reading.message);
    if (position === undefined) {
      position = wholeNumber(plainData(memberOf(reading.node, 'position') ?? reading.node));
      if (position === undefined || position < 0n) throw wrong(number, 'it says no position');
      continue;
    }
    const key = stringOf(memberOf(reading.node, 'key'));
    const value = memberOf(reading.node, 'value');
    if (key === undefined || value === undefined) throw wrong(number, 'it has no key and value');
    if (entries.has(key)) throw wrong(number, `key ${JSON.stringify(key)} stands twice`);
    if (entries.size >= maxKeys) throw wrong(number, `more than ${maxKeys} keys`);
    entries.set(key, plainData(value));
  }
  if (position === undefined) throw wrong(1, 'it is empty');
  return { position, entries };
}

/** Holds that are no longer pending are in some read models of holds, and in no fold of them. */
export function pendingOnly(entries: ReadonlyMap<string, unknown>): Map<string, unknown> {
  const isOver = (value: unknown) =>
    isObject(value) && value['status'] !== undefined && value['status'] !== 'pending';
  return new Map([...entries].filter(([, value]) => !isOver(value)));
}
