import { minorUnitDecimals } from '../../model/currency.ts';
import { currencyOfAnyCase, currencyOfNumber } from '../../model/currency-numbers.ts';

/** A currency as a record writes it. */
export interface WrittenCurrency {
  code: string;
  /** Decimals of the amounts beside it, where the currency says so itself, as `USD/2` does. */
  decimals: number | undefined;
}

const WITH_DECIMALS = /^([^/]+)\/(\d|1[0-8])$/;

/** Currencies of ISO 4217 and those that `verify.currencies` adds. */
export class MoneyRules {
  readonly #added: ReadonlyMap<string, number>;

  constructor(currencies: Readonly<Record<string, number>> = {}) {
    this.#added = new Map(Object.entries(currencies));
  }

  /** Undefined for a code that is none. */
  decimalsOf(code: string): number | undefined {
    return this.#added.get(code) ?? minorUnitDecimals(code);
  }

  /** Reads a code in any case, the number of ISO 4217, or a code with its decimals (`USD/2`). */
  read(text: string): WrittenCurrency {
    const [, before, decimals] = WITH_DECIMALS.exec(text) ?? [];
    if (before !== undefined) return { code: this.#code(before), decimals: Number(decimals) };
    return { code: this.#code(text), decimals: undefined };
  }

  #code(text: string): string {
    if (this.decimalsOf(text) !== undefined) return text;
    if (/^\d{1,3}$/.test(text)) return currencyOfNumber(text) ?? text;
    const capitals = text.toUpperCase();
    return this.#added.has(capitals) ? capitals : (currencyOfAnyCase(text) ?? text);
  }
}
