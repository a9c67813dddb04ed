import type { Random } from '../../../src/kernel/random.ts';

export const CURRENCIES = ['EUR', 'JPY', 'KWD'] as const;
export type Currency = (typeof CURRENCIES)[number];

export interface PlannedAccount {
  accountId: string;
  currency: Currency;
  overdraft: number;
  /** What is paid in before the day begins. */
  funds: number;
  owner?: string;
  /** How payments use it. */
  role: 'customer' | 'overdrawn' | 'poor' | 'frozen' | 'freezing';
}

/** What becomes of a payment, whatever happens on the way. */
export type Fate =
  | 'captured'
  | 'captured-in-part'
  | 'voided'
  | 'refunded'
  | 'refunded-in-part'
  | 'left-open'
  | 'given-back'
  | 'insufficient-funds'
  | 'account-frozen'
  | 'account-unknown'
  | 'currency-mismatch';

export interface PlannedPayment {
  /** Its name in the plan. */
  name: string;
  /** Whether the client names it so, or leaves that to the bank. */
  isNamed: boolean;
  fate: Fate;
  amount: number;
  currency: Currency;
  from: string;
  to: string;
  /** Of it, what is captured and what of that goes back, in one refund each. */
  captured: number;
  refunds: number[];
}

export interface Plan {
  accounts: PlannedAccount[];
  payments: PlannedPayment[];
}

const ACCOUNTS_OF: Readonly<Record<Currency, number>> = { EUR: 20, JPY: 15, KWD: 15 };
const HIGHEST = 1000;

/** Out of a hundred. `given-back` comes once in each currency, since it freezes an account. */
const FATES: readonly (readonly [Fate, number])[] = [
  ['captured', 40],
  ['captured-in-part', 12],
  ['voided', 10],
  ['refunded', 8],
  ['refunded-in-part', 8],
  ['left-open', 4],
  ['insufficient-funds', 6],
  ['account-frozen', 4],
  ['account-unknown', 4],
  ['currency-mismatch', 4],
];

/** Fifty accounts and what is paid between them: the same by the same randomness. */
export function planDay(random: Random, payments: number): Plan {
  const accounts = CURRENCIES.flatMap((currency) =>
    Array.from({ length: ACCOUNTS_OF[currency] }, (_, index) => plannedAccount(currency, index)),
  );
  const draw = (count: number) => Math.floor(random.fraction() * count);
  const drawing = { accounts, draw };
  return {
    accounts,
    payments: Array.from({ length: payments }, (_, index) => {
      const name = `pay-${index}`;
      const currency = CURRENCIES[index];
      if (currency !== undefined) {
        return plannedPayment({ ...drawing, name, fate: 'given-back', currency });
      }
      // Each fate comes, however few payments there are.
      const fate = FATES[index - CURRENCIES.length]?.[0] ?? fateAt(draw(100));
      return plannedPayment({ ...drawing, name, fate, currency: oneOf(CURRENCIES, draw) });
    }),
  };
}

function plannedAccount(currency: Currency, index: number): PlannedAccount {
  const accountId = `${currency.toLowerCase()}-${index}`;
  const owned = index % 3 === 0 ? { owner: index % 2 === 0 ? 'usr_operator' : 'usr_customer' } : {};
  const account = { accountId, currency, ...owned };
  if (index === 0) return { ...account, role: 'poor', overdraft: 0, funds: 10 };
  if (index === 1) return { ...account, role: 'frozen', overdraft: 0, funds: 100_000 };
  if (index === 2) return { ...account, role: 'freezing', overdraft: 0, funds: 0 };
  if (index <= 5) return { ...account, role: 'overdrawn', overdraft: 100_000_000, funds: 0 };
  return { ...account, role: 'customer', overdraft: 0, funds: 100_000_000 };
}

function fateAt(percent: number): Fate {
  let below = 0;
  for (const [fate, share] of FATES) {
    below += share;
    if (percent < below) return fate;
  }
  return 'captured';
}

interface Drawing {
  name: string;
  fate: Fate;
  currency: Currency;
  accounts: readonly PlannedAccount[];
  draw: (count: number) => number;
}

function plannedPayment({ name, fate, currency, accounts, draw }: Drawing): PlannedPayment {
  const active = accountsFor(accounts, currency, ['customer', 'overdrawn']);
  const from = oneOf(active, draw);
  const to = oneOf(
    active.filter((one) => one !== from),
    draw,
  );
  const amount = 10 + draw(HIGHEST);
  const payment = { name, isNamed: draw(2) === 0, fate, amount, currency, from, to };
  const none = { captured: 0, refunds: [] };
  switch (fate) {
    case 'captured':
      return { ...payment, captured: amount, refunds: [] };
    case 'captured-in-part':
      return { ...payment, captured: 1 + draw(amount - 1), refunds: [] };
    case 'refunded':
      return { ...payment, captured: amount, refunds: [amount] };
    case 'given-back': {
      const freezing = onlyAccount(accounts, currency, 'freezing');
      return { ...payment, to: freezing, captured: amount, refunds: [amount] };
    }
    case 'refunded-in-part':
      return { ...payment, captured: amount, refunds: [1 + draw(4), 1 + draw(4)] };
    case 'voided':
    case 'left-open':
      return { ...payment, ...none };
    case 'insufficient-funds':
      return { ...payment, ...none, from: onlyAccount(accounts, currency, 'poor') };
    case 'account-frozen':
      return { ...payment, ...none, from: onlyAccount(accounts, currency, 'frozen') };
    case 'account-unknown':
      return { ...payment, ...none, from: `nobody-${name}` };
    case 'currency-mismatch':
      return { ...payment, ...none, currency: currency === 'EUR' ? 'JPY' : 'EUR' };
  }
}

function oneOf<T>(list: readonly T[], draw: (count: number) => number): T {
  const one = list[draw(list.length)];
  if (one === undefined) throw new Error('there is nothing to draw from');
  return one;
}

function accountsFor(
  accounts: readonly PlannedAccount[],
  currency: Currency,
  roles: readonly PlannedAccount['role'][],
): string[] {
  return accounts
    .filter((account) => account.currency === currency && roles.includes(account.role))
    .map(({ accountId }) => accountId);
}

function onlyAccount(
  accounts: readonly PlannedAccount[],
  currency: Currency,
  role: PlannedAccount['role'],
): string {
  return accountsFor(accounts, currency, [role])[0] ?? '';
}

/** What each account must hold in the end if everything happened exactly once. */
export function balancesAfter({ accounts, payments }: Plan): Record<string, number> {
  const balances = Object.fromEntries(accounts.map(({ accountId, funds }) => [accountId, funds]));
  for (const { from, to, captured, refunds } of payments) {
    const moved = captured - refunds.reduce((sum, refund) => sum + refund, 0);
    if (moved === 0) continue;
    balances[from] = (balances[from] ?? 0) - moved;
    balances[to] = (balances[to] ?? 0) + moved;
  }
  return balances;
}
