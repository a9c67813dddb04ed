import { parseJsonText } from '../../kernel/json-text.ts';
import type { MapEntry, VerifyConfig } from '../../model/verify-config.ts';
import type { EventFact, LedgerFact } from '../facts.ts';
import { mapsOf } from '../testing/verify-mapped.ts';
import { readingOf } from './reading-of.ts';

export const ENVELOPE: VerifyConfig['log'] & object = { envelope: { type: 'type', id: 'id' } };

/** The facts an entry makes of one record, without their events. */
export function factsOf(
  entry: MapEntry,
  record: object | string,
  config: VerifyConfig = {},
): object[] {
  const { reading } = readingOf(
    { name: 'log', files: 'log' },
    mapsOf({ log: ENVELOPE, map: [entry], ...config }),
  );
  const log = {
    name: 'log',
    index: 0,
    profile: reading.profile,
    amongOthers: false,
    inParts: false,
    parts: [],
  };
  const text = typeof record === 'string' ? record : JSON.stringify(record);
  const event: EventFact = reading.readEvent(parseJsonText(text), log, 1);
  const facts: LedgerFact[] = [];
  const run = reading.vocabulary.start((fact) => facts.push(fact));
  run.read(event);
  run.end();
  return facts.filter(({ kind }) => kind !== 'amount').map(withoutEvents);
}

const OMITTED: ReadonlySet<string> = new Set(['event', 'events', 'totals']);

function withoutEvents(fact: object): object {
  const said = Object.entries(fact).filter(
    ([name, value]) => value !== undefined && !OMITTED.has(name),
  );
  return Object.fromEntries(said);
}
