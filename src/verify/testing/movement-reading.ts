import type { MapEntry, VerifyConfig } from '../../model/verify-config.ts';
import { readingOf } from '../mapping/reading-of.ts';
import type { Reading } from '../source/source.ts';
import { mapsOf } from './verify-mapped.ts';

const MOVEMENT: Omit<MapEntry, 'type'> = {
  movement: {
    account: 'data.account',
    amount: 'data.amount',
    currency: 'data.currency',
    balanceAfter: 'data.balance',
    at: { path: 'data.bookedOn', as: 'date' },
    statement: 'data.statement',
  },
  // Not every scenario states all of it.
  optional: true,
};

/** How the single-entry books of `SimpleBooks` and `BookScenario` are read. */
export const MOVEMENT_CONFIG: VerifyConfig = {
  map: [
    ...['deposited', 'withdrawn', 'transferred'].map((name) => ({
      type: `com.acme.bank.${name}.v1`,
      ...MOVEMENT,
    })),
    {
      type: 'com.acme.bank.statement-issued.v1',
      statement: {
        id: 'data.id',
        account: 'data.account',
        currency: 'data.currency',
        opening: 'data.opening',
        closing: 'data.closing',
        entries: 'data.entries',
        credits: 'data.credits',
        debits: 'data.debits',
      },
      optional: true,
    },
  ],
  checks: {
    'ledger/conservation': {
      minted: ['com.acme.bank.deposited.v1'],
      burned: ['com.acme.bank.withdrawn.v1'],
    },
  },
};

export const MOVEMENT_READING: Reading = readingOf(
  { name: 'books.ndjson', files: 'books.ndjson' },
  mapsOf(MOVEMENT_CONFIG),
).reading;
