import type { AccountRule } from '../../model/verify-config.ts';
import type { CheckSettings } from '../contract.ts';
import { keyOf } from '../keys.ts';

/** What `verify.accounts` and `verify.openings` say of accounts, opened in the log or not. */
export class DeclaredAccounts {
  readonly #rules: readonly { rule: AccountRule; parts: readonly string[] }[];
  readonly #openings: ReadonlyMap<string, bigint>;

  constructor({ config, openings }: Pick<CheckSettings, 'config' | 'openings'>) {
    this.#rules = (config.accounts ?? []).map((rule) => ({ rule, parts: rule.match.split('*') }));
    this.#openings = openings;
  }

  /** The first rule that matches counts. */
  ruleOf(accountId: string): AccountRule | undefined {
    return this.#rules.find(({ parts }) => isMatch(accountId, parts))?.rule;
  }

  /** What stood on it before the log begins, on its own side. */
  openingOf(accountId: string, currency: string): bigint | undefined {
    return this.#openings.get(keyOf(accountId, currency));
  }
}

/** Whether a text is this pattern, where `*` stands for anything. */
export function isMatch(text: string, [first = '', ...rest]: readonly string[]): boolean {
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return text.endsWith(last);
}
