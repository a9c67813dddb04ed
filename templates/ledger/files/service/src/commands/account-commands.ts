import type { Books } from '../domain/books.ts';
import {
  closeAccount,
  freezeAccount,
  openAccount,
  unfreezeAccount,
} from '../domain/decide-account.ts';
import type { AccountOpened } from '../domain/events.ts';
import type { Command } from './command.ts';

export function openAccountCommand(wanted: AccountOpened): Command<Books> {
  return {
    subjects: () => [wanted.accountId],
    decide: (books) => openAccount(books, wanted),
    status: 201,
    answer: openedAnswer,
  };
}

const CHANGES = {
  freeze: { decide: freezeAccount, status: 'frozen' },
  unfreeze: { decide: unfreezeAccount, status: 'open' },
  close: { decide: closeAccount, status: 'closed' },
} as const;

export type AccountChange = keyof typeof CHANGES;

export function changeAccountCommand(change: AccountChange, accountId: string): Command<Books> {
  const { decide, status } = CHANGES[change];
  return {
    subjects: () => [accountId],
    decide: (books) => decide(books, accountId),
    status: 200,
    answer: () => ({ accountId, status }),
  };
}

function openedAnswer(books: Books, accountId: string): object {
  const account = books.account(accountId);
  if (account === undefined) throw new Error(`account ${accountId} is not in the books`);
  const { currency, kind, overdraft } = account;
  return { accountId, currency, kind, overdraft };
}
