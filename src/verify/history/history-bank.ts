import type { JsonNode } from '../../kernel/json-text.ts';
import type { Evidence } from '../evidence.ts';
import { exactText } from './exact-text.ts';
import { isNil } from './history-record.ts';
import type { HistoryCheck, HistorySettings } from './contract.ts';
import { endOf, type History, type Operation, recordsOf } from './operation.ts';
import { fail, kindIn } from './pairing.ts';

export const historyBank: HistoryCheck = {
  id: 'history/bank',
  title: 'Every snapshot of the accounts holds the same total',
  severity: 'critical',
  models: ['bank'],
  unit: 'reads',
  reads: ['process', 'type', 'f', 'key', 'value'],
  implies: [],
  about: {
    proves:
      'The balances of every snapshot read sum to the total: what `--total` says, else what the first read saw. A `read` ends with a map of all balances, integers; an account without one counts as empty. `transfer` may have any value.',
    skips: 'Reads of one account, which have a `key`; reads that end without balances.',
    notFooledBy:
      'Balances that differ from read to read, overdrawn accounts, transfers that failed or timed out.',
  },
  judge: (history, evidence, settings) => Promise.resolve(judge(history, evidence, settings)),
};

const FUNCTIONS = { read: 'read', transfer: 'transfer' } as const;

interface Total {
  amount: bigint;
  /** The read that says it; undefined where the user did. */
  first: Operation | undefined;
}

function judge({ operations }: History, evidence: Evidence, settings: HistorySettings): void {
  let total: Total | undefined =
    settings.total === undefined ? undefined : { amount: settings.total, first: undefined };
  const reads = operations.filter((operation) => kindIn(FUNCTIONS, operation) === 'read');
  for (const read of reads.toSorted((a, b) => a.returnedAt - b.returnedAt)) {
    if (read.output === undefined) continue;
    if (read.key !== undefined) evidence.skipped('a read of one account is no snapshot');
    else if (isNil(read.output)) evidence.skipped('the read says no balances');
    else {
      evidence.checked();
      const amount = sumOf(read, read.output);
      total ??= { amount, first: read };
      if (amount !== total.amount) found(read, { amount, total, evidence });
    }
  }
}

function found(
  read: Operation,
  { amount, total, evidence }: { amount: bigint; total: Total; evidence: Evidence },
): void {
  const expected = `a total of ${total.amount}`;
  const as = total.first === undefined ? '' : `, as the read of ${endOf(total.first)} saw`;
  evidence.found({
    message: `the read of ${endOf(read)} saw accounts with ${amount} in all: expected ${expected}${as}`,
    expected,
    actual: `${amount}`,
    events: recordsOf(total.first === undefined ? [read] : [total.first, read]),
    keys: [],
  });
}

function sumOf({ call, end }: Operation, balances: JsonNode): bigint {
  if (balances.kind !== 'object') {
    return fail(end ?? call, 'the read ends with no map of balances');
  }
  return balances.members.reduce((sum, { name, value }) => {
    if (isNil(value)) return sum;
    const text = exactText(value);
    if (value.kind === 'number' && /^-?\d+$/.test(text)) return sum + BigInt(text);
    return fail(end ?? call, `the balance of ${JSON.stringify(name)} is no integer`);
  }, 0n);
}
