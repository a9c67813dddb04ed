import type { Account } from './account.ts';
import type { Books } from './books.ts';
import { accepted, type Decision, refused, sameFact, taken } from './decision.ts';
import type { AccountOpened } from './events.ts';

export function openAccount(books: Books, wanted: AccountOpened): Decision {
  const account = books.account(wanted.accountId);
  if (account === undefined) {
    return accepted(wanted.accountId, [{ type: 'account-opened', data: wanted }]);
  }
  const { accountId, currency, kind, overdraft } = account;
  const same = sameFact({ accountId, currency, kind, overdraft }, { overdraft: 0, ...wanted });
  return taken(accountId, { same, code: 'account-exists' });
}

export function freezeAccount(books: Books, accountId: string): Decision {
  return onAccount(books, accountId, ({ status }) => {
    if (status === 'frozen') return refused('account-frozen', `${accountId} is frozen already`);
    return accepted(accountId, [{ type: 'account-frozen', data: { accountId } }]);
  });
}

export function unfreezeAccount(books: Books, accountId: string): Decision {
  return onAccount(books, accountId, ({ status }) => {
    if (status !== 'frozen') return refused('account-not-frozen', `${accountId} is not frozen`);
    return accepted(accountId, [{ type: 'account-unfrozen', data: { accountId } }]);
  });
}

export function closeAccount(books: Books, accountId: string): Decision {
  return onAccount(books, accountId, ({ status, balance, held }) => {
    if (status === 'frozen') return refused('account-frozen', `${accountId} is frozen`);
    if (balance !== 0 || held !== 0) {
      return refused('account-not-empty', `${accountId} has a balance or a pending hold`);
    }
    return accepted(accountId, [{ type: 'account-closed', data: { accountId } }]);
  });
}

function onAccount(
  books: Books,
  accountId: string,
  decide: (account: Account) => Decision,
): Decision {
  const account = books.account(accountId);
  if (account === undefined) return refused('account-unknown', `no account ${accountId}`);
  if (account.status === 'closed') return refused('account-closed', `${accountId} is closed`);
  return decide(account);
}
