import { type Random, seededRandom } from '../../kernel/random.ts';
import { type CorruptedLog, oneOf } from './corrupting.ts';
import { ndjson, type StoredEvent } from './log-writer.ts';
import { SimpleBooks } from './movement-log.ts';

/** Makes single-entry books of this size with one fault. */
type Make = (size: { seed: string; events: number }) => CorruptedLog;

/** Faults of single-entry books and their statements. */
export const MOVEMENT_CORRUPTIONS: Readonly<Record<string, Readonly<Record<string, Make>>>> = {
  'ledger/conservation': {
    'only one side of a transfer is booked': midway((books, random) =>
      books.book(oneOf(books.accounts, random), -5n, 'transferred'),
    ),
    'a transfer arrives short': midway((books, random) =>
      transfer(books, { random, sent: 700n, received: 699n }),
    ),
    'a transfer arrives in another currency': midway((books, random) => {
      const from = oneOf(books.accounts, random);
      const others = books.accounts.filter(({ currency }) => currency !== from.currency);
      const to = oneOf(others, random);
      return books.writer.together(() => {
        books.book(from, -700n, 'transferred');
        return books.book(to, 700n, 'transferred');
      });
    }),
  },
  'ledger/running-balance': {
    'a balance is a unit too high': inMovement(({ data }) => add(data, 'balance', 1n)),
    'a balance is stated without the movement': inMovement(({ data }) =>
      add(data, 'balance', -BigInt(String(data['amount']))),
    ),
    'an amount is not the one that was booked': inMovement(({ data }) => add(data, 'amount', 3n)),
  },
  'ledger/statement': {
    'a closing balance is a unit too low': inStatement(({ data }) => add(data, 'closing', -1n)),
    'an opening balance is not the closing one before it': inStatement(({ data }) => {
      add(data, 'opening', 1n);
      add(data, 'closing', 1n);
    }),
    'a statement counts an entry too many': inStatement(({ data }) => {
      data['entries'] = Number(data['entries']) + 1;
    }),
    'a sum of credits is off': inStatement(({ data }) => add(data, 'credits', 1n)),
    'a sum of debits is off': inStatement(({ data }) => add(data, 'debits', 1n)),
    'a movement is missing from its statement': (size) => {
      const { writer } = booksOf(size);
      const movements = writer.events.filter(({ data }) => 'statement' in data);
      const { data } = oneOf(movements, seededRandom(`${size.seed} fault`));
      const statement = writer.events.find((event) => event.data['id'] === data['statement']);
      delete data['statement'];
      return { bytes: ndjson(writer.events), position: statement?.globalposition ?? '' };
    },
  },
};

export function booksOf({ seed, events }: { seed: string; events: number }): SimpleBooks {
  const books = new SimpleBooks(seed);
  books.runTo(events);
  books.close();
  return books;
}

/** Somewhere in the log something else happens, and the books go on from there. */
function midway(act: (books: SimpleBooks, random: Random) => StoredEvent): Make {
  return ({ seed, events }) => {
    const random = seededRandom(`${seed} fault`);
    const books = new SimpleBooks(seed);
    books.runTo(Math.floor(events * random.fraction()));
    const { globalposition } = act(books, random);
    books.runTo(events);
    books.close();
    return { bytes: ndjson(books.writer.events), position: globalposition };
  };
}

interface Crooked {
  random: Random;
  sent: bigint;
  received: bigint;
}

function transfer(books: SimpleBooks, { random, sent, received }: Crooked): StoredEvent {
  const from = oneOf(books.accounts, random);
  const others = books.accounts.filter((other) => other !== from);
  const to = oneOf(
    others.filter(({ currency }) => currency === from.currency),
    random,
  );
  return books.writer.together(() => {
    books.book(from, -sent, 'transferred');
    return books.book(to, received, 'transferred');
  });
}

function inMovement(change: (event: StoredEvent) => void): Make {
  return inOne(({ data }) => 'balance' in data, change);
}

/** Not in the first of an account, which nothing stands before. */
function inStatement(change: (event: StoredEvent) => void): Make {
  return inOne(({ data }) => 'closing' in data && !String(data['id']).endsWith('/1'), change);
}

function inOne(
  pleases: (event: StoredEvent) => boolean,
  change: (event: StoredEvent) => void,
): Make {
  return (size) => {
    const { writer } = booksOf(size);
    const event = oneOf(writer.events.filter(pleases), seededRandom(`${size.seed} fault`));
    change(event);
    return { bytes: ndjson(writer.events), position: event.globalposition };
  };
}

function add(data: Record<string, unknown>, name: string, amount: bigint): void {
  data[name] = String(BigInt(String(data[name])) + amount);
}
