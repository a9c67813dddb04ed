import type { Random } from '../../kernel/random.ts';
import type { ReadModel } from '../projection/read-model.ts';
import { type Corrupt, oneOf, transactionsOf } from './corrupting.ts';
import { countProjection, liveBalances } from './live-models.ts';
import { ndjson, type StoredEvent } from './log-writer.ts';

/** Read models that are not what the log says; the log itself is whole. */
export const DIFF_CORRUPTIONS: Readonly<Record<string, Corrupt>> = {
  'an event was left out of the read model': live((events, random) => {
    const at = transactionIn(events, random);
    return { model: liveBalances(events.toSpliced(at, 1), events.length), at };
  }),
  'an event was counted twice': live((events, random) => {
    const at = transactionIn(events, random);
    const again = events.slice(at, at + 1);
    return { model: liveBalances(events.toSpliced(at, 0, ...again), events.length), at };
  }),
  'one account was never written': live((events, random) => {
    const model = liveBalances(events, events.length);
    const key = oneOf([...model.entries.keys()], random);
    model.entries.delete(key);
    const opened = `ledger-account-${key}`;
    return { model, at: events.findIndex(({ subject }) => subject === opened) };
  }),
};

export const DETERMINISM_CORRUPTIONS: Readonly<Record<string, Corrupt>> = {
  'a projection counts otherwise each time it is asked': ({ writer }, random) => {
    const { events } = writer;
    const { id, globalposition: position } = events[transactionIn(events, random)] ?? {};
    if (id === undefined || position === undefined) throw new Error('no transaction');
    const projections = [countProjection({ id })];
    return { bytes: ndjson(events), position, settings: { projections } };
  },
};

function live(
  make: (events: readonly StoredEvent[], random: Random) => { model: ReadModel; at: number },
): Corrupt {
  return ({ writer }, random) => {
    const { model, at } = make(writer.events, random);
    const position = writer.events[at]?.globalposition ?? '';
    return { bytes: ndjson(writer.events), position, settings: { readModels: [model] } };
  };
}

function transactionIn(events: readonly StoredEvent[], random: Random): number {
  return events.indexOf(oneOf(transactionsOf(events), random));
}
