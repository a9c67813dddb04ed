import type { Random } from '../../kernel/random.ts';
import type { Corrupt } from './corrupting.ts';
import { LogWriter, ndjson, type StoredEvent } from './log-writer.ts';
import { heldTo, treeHeadOf } from './tree-head.ts';

/** Histories rewritten so well that only a checkpoint kept elsewhere knows. */
export const CHECKPOINT_CORRUPTIONS: Readonly<Record<string, Corrupt>> = {
  'an amount is changed on both sides': rewritten((events) => {
    const capital = events.find(({ type }) => type.includes('transaction-posted'));
    for (const posting of (capital?.data['postings'] ?? []) as { amount: string }[]) {
      posting.amount = String(BigInt(posting.amount) + 1n);
    }
  }),
  'the tail is cut off': rewritten((events, random) => {
    events.length -= 1 + Math.floor(random.fraction() * 20);
  }),
  'an event is inserted, and the log written anew': rewritten((events, random) => {
    const [opening] = events;
    const data = { accountId: 'inserted', currency: 'EUR', kind: 'equity' };
    const subject = 'ledger-account-inserted';
    const at = Math.floor(random.fraction() * events.length);
    if (opening !== undefined) {
      events.splice(at, 0, { ...opening, id: 'evt-inserted', subject, data });
    }
  }),
  'an event is taken out, and the log written anew': rewritten((events, random) => {
    events.splice(entryIn(events, random), 1);
  }),
  'two events change places, and the log is written anew': rewritten((events, random) => {
    const at = entryIn(events, random, (next) => isEntry(next));
    events.splice(at, 2, ...events.slice(at, at + 2).reverse());
  }),
};

function rewritten(change: (events: StoredEvent[], random: Random) => void): Corrupt {
  return ({ writer }, random) => {
    const saved = treeHeadOf(ndjson(writer.events));
    const events = [...writer.events];
    change(events, random);
    const bytes = ndjson(writtenAnew(events));
    const position = String(Math.min(saved.size, events.length));
    return { bytes, position, settings: heldTo(saved) };
  };
}

/** Revisions, positions and times as if nothing had ever been otherwise. */
function writtenAnew(events: readonly StoredEvent[]): StoredEvent[] {
  const writer = new LogWriter();
  for (const { streamrevision: _, globalposition: __, recordedtime: ___, ...sent } of events) {
    const stored = writer.store(sent);
    stored.time = stored.recordedtime;
  }
  return writer.events;
}

/** The place of an account entry, which moves no money, whose next event pleases. */
function entryIn(
  events: readonly StoredEvent[],
  random: Random,
  pleases: (next: StoredEvent | undefined) => boolean = () => true,
): number {
  const places = [...events.keys()].filter((at) => isEntry(events[at]) && pleases(events[at + 1]));
  return places[Math.floor(random.fraction() * places.length)] ?? 0;
}

function isEntry(event: StoredEvent | undefined): boolean {
  return event?.type.includes('account-entered') === true;
}
