import { minorUnitDecimals } from '../../model/currency.ts';
import { counted } from '../../kernel/counted.ts';
import type { SeenPath, SeenPaths } from './sample.ts';
import { yamlText } from './yaml-word.ts';

export interface DraftedType {
  /** Undefined for records that name none. */
  type: string | undefined;
  count: number;
  paths: SeenPaths;
  source: string;
}

/** What a path may be, by its name and what stands there. */
const ROLES = {
  debit: ({ name, isNumber }) => isNumber && /^(?:debit|dr)(?:_?amount)?$/i.test(name),
  credit: ({ name, isNumber }) => isNumber && /^(?:credit|cr)(?:_?amount)?$/i.test(name),
  amount: ({ name, isNumber }) => isNumber && /^(?:net|gross|sum|value|amt)$|amount$/i.test(name),
  currency: ({ name, values }) =>
    /^(?:ccy|asset)$|currency(?:_?code)?$/i.test(name) ||
    [...values].every((value) => minorUnitDecimals(value.toUpperCase()) !== undefined),
  direction: ({ values }) => [...values].every((value) => SIDES.has(value.toLowerCase())),
  from: ({ name, isNumber }) => !isNumber && /^(?:from|source|payer|debtor)(?!.*type)/i.test(name),
  to: ({ name, isNumber }) => !isNumber && /^(?:to|destination|payee|creditor)(?!tal)/i.test(name),
  account: ({ name, hasPoint }) =>
    !hasPoint && /^acct?$|account(?:_?id|_?no)?$|iban$|wallet(?:_?id)?$/i.test(name),
  transaction: ({ name }) =>
    /^(?:tx|txn|transaction|transfer|journal|payment)(?:_?(?:id|ref|no))?$/i.test(name),
  key: ({ name }) => /idem|request_?id$/i.test(name),
} satisfies Record<string, (seen: SeenPath) => boolean>;
type Role = keyof typeof ROLES;

const SIDES: ReadonlyMap<string, string> = new Map([
  ['d', 'debit'],
  ['dr', 'debit'],
  ['dbit', 'debit'],
  ['debit', 'debit'],
  ['c', 'credit'],
  ['cr', 'credit'],
  ['crdt', 'credit'],
  ['credit', 'credit'],
]);

/** The lines of one entry of a map; commented out where it is only a guess. */
export function draftEntry({ type, count, paths, source }: DraftedType): string[] {
  const name = type === undefined ? `source: ${yamlText(source)}` : `type: ${yamlText(type)}`;
  const seen = [...paths.values()];
  const title = `    # ${type === undefined ? 'Records without a type' : yamlText(type)}: ${counted(count, 'records')}`;
  const { facts, isSure } = factLines(new Candidates(seen));
  if (facts.length === 0) return [title, `    # - ${name} # no amounts and accounts were seen`];
  const lines = [`    - ${name}`, ...facts.map((line) => `      ${line}`)];
  return [title, ...lines.map((line) => (isSure ? line : `    # ${line.slice(4)}`))];
}

/** What stands in the records of one type, by what it may be. */
class Candidates {
  readonly #seen: readonly SeenPath[];

  constructor(seen: readonly SeenPath[]) {
    this.#seen = seen;
  }

  /** In the record itself. */
  one(role: Role): SeenPath | undefined {
    return this.#seen.find((path) => path.list === undefined && ROLES[role](path));
  }

  /** In the elements of a list. */
  in(list: string, role: Role): SeenPath | undefined {
    return this.#seen.find((path) => path.list === list && ROLES[role](path));
  }

  /** The list whose elements have an amount and an account. */
  get postings(): string | undefined {
    const lists = new Set(this.#seen.flatMap(({ list }) => list ?? []));
    return [...lists].find(
      (list) =>
        this.in(list, 'amount') !== undefined &&
        (this.in(list, 'account') ?? this.in(list, 'from')) !== undefined,
    );
  }
}

interface Drafted {
  facts: string[];
  isSure: boolean;
}

function factLines(candidates: Candidates): Drafted {
  const list = candidates.postings;
  if (list !== undefined) return listLines(candidates, list);
  const [from, to, amount] = (['from', 'to', 'amount'] as const).map((role) =>
    candidates.one(role),
  );
  if (from && to && amount) return pairLines(candidates, { from, to, amount });
  const [debit, credit] = (['debit', 'credit'] as const).map((role) => candidates.one(role));
  if (debit && credit) return rowLines(candidates, { debit, credit });
  return movementLines(candidates);
}

function listLines(candidates: Candidates, list: string): Drafted {
  const inside = (role: Role) => candidates.in(list, role);
  const currency = inside('currency')?.path ?? outside(candidates.one('currency'));
  const transaction = candidates.one('transaction')?.path;
  const pair = inside('from') !== undefined && inside('to') !== undefined;
  const accounts = pair
    ? [`  from: ${inside('from')?.path}`, `  to: ${inside('to')?.path}`]
    : [`  account: ${inside('account')?.path}`, ...directionLines(inside('direction'))];
  return {
    isSure: currency !== undefined && transaction !== undefined,
    facts: [
      `transaction: ${transaction ?? '?'}`,
      'postings:',
      `  each: ${list}`,
      ...accounts,
      `  amount: ${amountText(inside('amount'))}`,
      `  currency: ${currency ?? '?'}`,
      ...keyLines(candidates),
    ],
  };
}

function pairLines(
  candidates: Candidates,
  { from, to, amount }: Record<'from' | 'to' | 'amount', SeenPath>,
): Drafted {
  const [currency, transaction] = [candidates.one('currency'), candidates.one('transaction')];
  return {
    isSure: currency !== undefined && transaction !== undefined,
    facts: [
      `transaction: ${transaction?.path ?? '?'}`,
      'postings:',
      `  from: ${from.path}`,
      `  to: ${to.path}`,
      `  amount: ${amountText(amount)}`,
      `  currency: ${currency?.path ?? '?'}`,
      ...keyLines(candidates),
    ],
  };
}

function rowLines(
  candidates: Candidates,
  { debit, credit }: Record<'debit' | 'credit', SeenPath>,
): Drafted {
  const roles = ['transaction', 'account', 'currency'] as const;
  const found = roles.map((role) => [role, candidates.one(role)?.path] as const);
  return {
    isSure: found.every(([, path]) => path !== undefined),
    facts: [
      'posting:',
      ...found.map(([role, path]) => `  ${role}: ${path ?? '?'}`),
      `  debit: ${amountText(debit)}`,
      `  credit: ${amountText(credit)}`,
      ...keyLines(candidates),
    ],
  };
}

/** An amount beside an account may be many things: always a guess. */
function movementLines(candidates: Candidates): Drafted {
  const [account, amount] = [candidates.one('account'), candidates.one('amount')];
  if (account === undefined || amount === undefined) return { facts: [], isSure: false };
  return {
    isSure: false,
    facts: [
      'movement:',
      `  account: ${account.path}`,
      `  amount: ${amountText(amount)}`,
      `  currency: ${candidates.one('currency')?.path ?? '?'}`,
    ],
  };
}

function directionLines(direction: SeenPath | undefined): string[] {
  if (direction === undefined) return [];
  const words = [...direction.values].map((value) => [value, SIDES.get(value.toLowerCase())]);
  if (words.every(([value, side]) => value === side)) return [`  direction: ${direction.path}`];
  const values = words.map(([value, side]) => `${yamlText(value ?? '')}: ${side}`).join(', ');
  return [`  direction: { path: ${direction.path}, values: { ${values} } }`];
}

function keyLines(candidates: Candidates): string[] {
  const key = candidates.one('key');
  return key === undefined ? [] : [`# key: ${key.path}`];
}

/** A point shows whole units; without one, the records do not say. */
function amountText(amount: SeenPath | undefined): string {
  if (amount === undefined) return '?';
  return amount.hasPoint ? `{ path: ${amount.path}, unit: major }` : amount.path;
}

function outside(path: SeenPath | undefined): string | undefined {
  return path === undefined ? undefined : `$.${path.path}`;
}
