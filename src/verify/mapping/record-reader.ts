import type { JsonNode } from '../../kernel/json-text.ts';
import { type AmountReading, readMinorUnits } from '../../model/money.ts';
import type { AmountFact, EventFact } from '../facts.ts';
import { quoted } from '../naming.ts';
import { readDecimal } from './decimal.ts';
import { readInstant } from './instant.ts';
import type { MoneyRules, WrittenCurrency } from './money-rules.ts';
import { scalarText } from './path.ts';
import type { Scope } from './scope.ts';
import type { MappedValue } from './value.ts';

const MAX_PROBLEMS = 10;

export interface AmountOptions {
  scope: Scope;
  /** Undefined where the map names none. */
  currency: WrittenCurrency | undefined;
  /** Whether its sign is a direction, so that below zero is nothing wrong. */
  signed?: boolean;
}

/**
 * Reads one record by mapped values. What is missing or wrong is noted, and a stand-in is handed
 * back, so that one reading finds every problem at once.
 */
export class RecordReader {
  readonly event: EventFact;
  readonly problems: string[] = [];
  /** Every amount and currency it came upon. */
  readonly amounts: AmountFact[] = [];
  readonly #money: MoneyRules;
  readonly #lenient: boolean;
  #exact = true;

  /** @param lenient whether what is missing is no problem where the fact can do without it */
  constructor(event: EventFact, { money, lenient }: { money: MoneyRules; lenient: boolean }) {
    this.event = event;
    this.#money = money;
    this.#lenient = lenient;
  }

  get root(): Scope {
    return { record: this.event.node, element: this.event.node, elementPath: '' };
  }

  /** Whether the record says all that it must, and every amount exactly. */
  get isWhole(): boolean {
    return this.#exact && this.problems.length === 0;
  }

  /** @param essential whether no fact can be made without it */
  node(
    value: MappedValue,
    scope: Scope,
    essential = true,
  ): { node: JsonNode; path: string } | undefined {
    const found = value.lookup(scope);
    if (found.ok) return found;
    const excused = found.absent && !essential && (this.#lenient || value.optional);
    if (!excused) this.problem(found.problem);
    return undefined;
  }

  text(value: MappedValue, scope: Scope): string {
    return this.#scalar(this.node(value, scope)) ?? '';
  }

  /** Undefined where the map names no such value, or it is excused to be missing. */
  optionalText(value: MappedValue | undefined, scope: Scope): string | undefined {
    return value && this.#scalar(this.node(value, scope, false));
  }

  oneOf<T extends string>(value: MappedValue, scope: Scope, known: readonly T[]): T | undefined {
    return this.#oneOf(this.node(value, scope), known);
  }

  optionalOneOf<T extends string>(
    value: MappedValue | undefined,
    scope: Scope,
    known: readonly T[],
  ): T | undefined {
    return value && this.#oneOf(this.node(value, scope, false), known);
  }

  optionalInstant(value: MappedValue | undefined, scope: Scope): string | undefined {
    const found = value && this.node(value, scope, false);
    const text = this.#scalar(found);
    if (value === undefined || found === undefined || text === undefined) return undefined;
    const instant = readInstant(text, value.as);
    if (instant === undefined)
      this.problem(`${found.path} is ${quoted(text)}, no time (${value.as})`);
    return instant;
  }

  currency(value: MappedValue, scope: Scope): WrittenCurrency {
    return this.#money.read(this.text(value, scope));
  }

  amount(value: MappedValue, options: AmountOptions): bigint {
    return this.#amount(value, options, true) ?? 0n;
  }

  optionalAmount(value: MappedValue | undefined, options: AmountOptions): bigint | undefined {
    return value && this.#amount(value, options, false);
  }

  /** A currency that stands without an amount. */
  stateCurrency(path: string, { code }: WrittenCurrency): void {
    this.#state({ path, currency: code });
  }

  problem(clause: string): void {
    // Two postings may read the same currency.
    if (this.problems.includes(clause)) return;
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(clause);
  }

  #amount(
    value: MappedValue,
    { scope, currency, signed = false }: AmountOptions,
    essential: boolean,
  ): bigint | undefined {
    const found = this.node(value, scope, essential);
    if (found === undefined) return undefined;
    const reading = this.#read(found.node, { value, scope, currency });
    if (reading === undefined) return undefined;
    const { node, path } = found;
    const text =
      node.kind === 'object' || node.kind === 'array' ? `a JSON ${node.kind}` : node.text;
    const state = { path, text, currency: currency?.code };
    if (!reading.ok) {
      this.#exact = false;
      this.#state(reading.fault === undefined ? state : { ...state, fault: reading.fault });
      return undefined;
    }
    const { amount } = reading;
    this.#state({ ...state, amount: signed && amount < 0n ? -amount : amount });
    return amount;
  }

  #read(
    node: JsonNode,
    { value, scope, currency }: AmountOptions & { value: MappedValue },
  ): AmountReading | { ok: false; fault: undefined } | undefined {
    const said = value.unit?.of(scope) ?? { ok: true, unit: currency?.decimals ?? 'minor' };
    if (!said.ok) {
      this.problem(said.problem);
      return undefined;
    }
    if (said.unit === 'minor') return readMinorUnits(node);
    const decimals = currency === undefined ? undefined : this.#money.decimalsOf(currency.code);
    // How many minor units it is only its currency can say, and that one is judged beside it.
    if (decimals === undefined) return { ok: false, fault: undefined };
    const shift = decimals - (said.unit === 'major' ? 0 : said.unit);
    return readDecimal({ text: scalarText(node) ?? '', isNumber: node.kind === 'number', shift });
  }

  #scalar(found: { node: JsonNode; path: string } | undefined): string | undefined {
    if (found === undefined) return undefined;
    const text = scalarText(found.node);
    if (text === undefined) this.problem(`${found.path} is a JSON ${found.node.kind}`);
    return text;
  }

  #oneOf<T extends string>(
    found: { node: JsonNode; path: string } | undefined,
    known: readonly T[],
  ): T | undefined {
    const text = this.#scalar(found);
    if (found === undefined || text === undefined) return undefined;
    const lower = text.toLowerCase();
    const value = known.find((word) => word === lower);
    if (value === undefined) {
      this.problem(`${found.path} is ${quoted(text)}, not one of ${known.join(', ')}`);
    }
    return value;
  }

  #state(amount: Pick<AmountFact, 'path' | 'currency'> & Partial<AmountFact>): void {
    this.amounts.push({
      kind: 'amount',
      event: this.event,
      text: undefined,
      amount: undefined,
      fault: undefined,
      ...amount,
    });
  }
}
