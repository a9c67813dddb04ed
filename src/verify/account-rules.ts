import type { AccountRule, VerifyConfig } from '../model/verify-config.ts';

/** What `verify.accounts` says of an account: the first rule that matches. */
export class AccountRules {
  readonly #rules: { pattern: RegExp; rule: AccountRule }[];

  constructor({ accounts = [] }: VerifyConfig) {
    this.#rules = accounts.map((rule) => ({ pattern: patternOf(rule.match), rule }));
  }

  get isAny(): boolean {
    return this.#rules.length > 0;
  }

  of(accountId: string): AccountRule | undefined {
    return this.#rules.find(({ pattern }) => pattern.test(accountId))?.rule;
  }
}

/** `*` stands for any text; all else for itself. */
export function patternOf(match: string): RegExp {
  const literal = match.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll('*', '.*')}$`, 's');
}
