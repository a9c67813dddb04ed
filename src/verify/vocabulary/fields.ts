import type { JsonNode } from '../../kernel/json-text.ts';
import { type AmountReading, readMinorUnits } from '../../model/money.ts';
import { parseRfc3339Ms } from '../../kernel/time.ts';
import type { AmountFact, Emit, EventFact } from '../facts.ts';
import { quoted } from '../naming.ts';

const MAX_PROBLEMS = 10;

/** What reading one event's data came upon. */
export interface Notes {
  event: EventFact;
  problems: string[];
  /** Whether every amount could be read exactly. */
  exact: boolean;
  emit: Emit<AmountFact>;
}

/**
 * Reads the members of one JSON object. What is missing or wrong is noted, and a stand-in is
 * handed back, so that one reading finds every problem at once.
 */
export class Fields {
  readonly #members: ReadonlyMap<string, JsonNode>;
  readonly #path: string;
  readonly #notes: Notes;

  constructor(node: JsonNode | undefined, path: string, notes: Notes) {
    this.#path = path;
    this.#notes = notes;
    if (node?.kind !== 'object') this.#problem(`${path} is no object`);
    const members = node?.kind === 'object' ? node.members : [];
    this.#members = new Map(
      members
        .filter(({ value }) => value.kind !== 'literal' || value.text !== 'null')
        .map(({ name, value }) => [name, value]),
    );
  }

  text(name: string): string {
    if (!this.#members.has(name)) this.#problem(`${this.#path}.${name} is missing`);
    return this.optionalText(name) ?? '';
  }

  optionalText(name: string): string | undefined {
    const node = this.#members.get(name);
    if (node === undefined) return undefined;
    if (node.kind === 'string' && node.value !== '') return node.value;
    this.#problem(`${this.#path}.${name} is no non-empty string`);
    return undefined;
  }

  /** A string, or a number by its digits. */
  optionalScalar(name: string): string | undefined {
    const node = this.#members.get(name);
    return node?.kind === 'number' ? node.text : this.optionalText(name);
  }

  optionalInstant(name: string): string | undefined {
    const text = this.optionalText(name);
    if (text === undefined || parseRfc3339Ms(text) !== undefined) return text;
    this.#problem(`${this.#path}.${name} is no RFC 3339 time`);
    return undefined;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    if (!this.#members.has(name)) this.#problem(`${this.#path}.${name} is missing`);
    return this.optionalOneOf(name, values);
  }

  optionalOneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.optionalText(name);
    const value = values.find((known) => known === text);
    if (text !== undefined && value === undefined) {
      this.#problem(`${this.#path}.${name} is ${quoted(text)}, not one of ${values.join(', ')}`);
    }
    return value;
  }

  /** An amount and its currency, which is a member beside it. */
  money(): { amount: bigint; currency: string } {
    const currency = this.text('currency');
    const amount = this.#amount('amount', currency) ?? 0n;
    return { amount, currency };
  }

  /** An amount whose currency is said elsewhere. */
  amountAlone(): bigint {
    return this.#amount('amount', undefined) ?? 0n;
  }

  optionalAmount(name: string, currency: string): bigint | undefined {
    return this.#members.has(name) ? this.#amount(name, currency) : undefined;
  }

  /** A currency that stands without an amount. */
  currency(): string {
    const currency = this.text('currency');
    this.#state({ path: `${this.#path}.currency`, currency });
    return currency;
  }

  items(name: string): Fields[] {
    const node = this.#members.get(name);
    const path = `${this.#path}.${name}`;
    if (node?.kind !== 'array') {
      this.#problem(node === undefined ? `${path} is missing` : `${path} is no array`);
      return [];
    }
    return node.items.map((item, index) => new Fields(item, `${path}[${index}]`, this.#notes));
  }

  #amount(name: string, currency: string | undefined): bigint | undefined {
    const node = this.#members.get(name);
    const path = `${this.#path}.${name}`;
    if (node === undefined) {
      this.#problem(`${path} is missing`);
      return undefined;
    }
    const reading: AmountReading = readMinorUnits(node);
    if (!reading.ok) this.#notes.exact = false;
    const text =
      node.kind === 'object' || node.kind === 'array' ? `a JSON ${node.kind}` : node.text;
    this.#state({
      path,
      text,
      currency,
      ...(reading.ok ? { amount: reading.amount } : { fault: reading.fault }),
    });
    return reading.ok ? reading.amount : undefined;
  }

  #state(amount: Pick<AmountFact, 'path' | 'currency'> & Partial<AmountFact>): void {
    this.#notes.emit({
      kind: 'amount',
      event: this.#notes.event,
      text: undefined,
      amount: undefined,
      fault: undefined,
      ...amount,
    });
  }

  #problem(clause: string): void {
    if (this.#notes.problems.length < MAX_PROBLEMS) this.#notes.problems.push(clause);
  }
}
