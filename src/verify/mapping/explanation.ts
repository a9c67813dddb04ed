import { formatMoney } from '../../model/money.ts';
import type { ExplainedType } from '../../model/map-explanation.ts';
import type { CheckRun } from '../contract.ts';
import type { EventFact, LedgerFact } from '../facts.ts';
import { quoted } from '../naming.ts';
import type { TypePattern } from './type-pattern.ts';

/** What tells which types became which facts. */
export const EXPLAINED_FACTS = [
  'event',
  'account',
  'transaction',
  'hold',
  'payment',
  'entry',
  'movement',
  'statement',
  'saga',
  'command',
  'consumer',
  'unusable',
] as const;

type Explained = EventFact | Exclude<LedgerFact, { kind: 'amount' }>;

/** Types kept apart; records of further ones are counted together. */
const MAX_TYPES = 1000;
const FURTHER = '(further types)';

interface Seen {
  events: number;
  facts: Map<string, { count: number; example: string; position: string }>;
}

/** Counts which types became which facts, with an example of each. */
export class Explanation implements CheckRun<Explained> {
  readonly #types = new Map<string | undefined, Seen>();

  take(fact: Explained): void {
    if (fact.kind === 'event') {
      this.#seen(fact.type).events++;
      return;
    }
    const facts = this.#seen(fact.event.type).facts;
    const known = facts.get(fact.kind);
    if (known !== undefined) known.count++;
    else
      facts.set(fact.kind, {
        count: 1,
        example: exampleOf(fact),
        position: fact.event.at.position,
      });
  }

  /** Most frequent first. */
  types(ignored: readonly TypePattern[]): ExplainedType[] {
    const types = [...this.#types].map(([type, { events, facts }]): ExplainedType => ({
      type: type ?? null,
      events,
      outcome: outcomeOf(
        facts.size,
        ignored.some((pattern) => pattern.matches(type ?? '')),
      ),
      facts: [...facts].map(([fact, told]) => ({ fact, ...told })),
    }));
    return types.toSorted((a, b) => b.events - a.events);
  }

  #seen(type: string | undefined): Seen {
    const isKept = this.#types.has(type) || this.#types.size < MAX_TYPES;
    const key = isKept ? type : FURTHER;
    const seen = this.#types.get(key) ?? { events: 0, facts: new Map() };
    this.#types.set(key, seen);
    return seen;
  }
}

function outcomeOf(facts: number, isIgnored: boolean): ExplainedType['outcome'] {
  if (facts > 0) return 'facts';
  return isIgnored ? 'ignored' : 'left';
}

/** What a fact says, in short: `t-1: debit alice 1.00 EUR, credit bob 1.00 EUR`. */
function exampleOf(fact: Exclude<Explained, EventFact>): string {
  if (fact.kind === 'unusable') return fact.problems.join('; ') || 'an amount cannot be read';
  if (fact.kind === 'transaction') {
    const legs = fact.postings.map(
      ({ direction, accountId, ...money }) =>
        `${direction} ${quoted(accountId)} ${formatMoney(money)}`,
    );
    return `${quoted(fact.transactionId)}: ${legs.join(', ')}`;
  }
  const currency = 'currency' in fact ? (fact.currency ?? '') : '';
  const { event: _, kind: __, ...said } = fact;
  return Object.entries(said)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${shown(value, currency)}`)
    .join(', ');
}

function shown(value: unknown, currency: string): string {
  if (typeof value === 'bigint') return formatMoney({ amount: value, currency });
  return typeof value === 'string' ? quoted(value) : String(value);
}
