import { type Register, registerAfter } from '../domain/register.ts';
import { ledgerStreams, streams } from '../names.ts';
import type { Domain } from './command-handler.ts';

/** The register of accounts, as the command handler needs it. */
export function registerDomain(view: Register): Domain<Register> {
  return { view, watched: watchedRegister, after: registerAfter };
}

function watchedRegister(register: Register, note: (stream: string) => void): Register {
  return {
    account(accountId) {
      note(streams.account(accountId));
      return register.account(accountId);
    },
    change(changeId) {
      const change = register.change(changeId);
      if (change !== undefined) note(streams.account(change.accountId));
      return change;
    },
    pendingChange(accountId) {
      note(streams.account(accountId));
      return register.pendingChange(accountId);
    },
    ledgerAccount(accountId) {
      const account = register.ledgerAccount(accountId);
      // What it has stays. What it is not known to have must not be there when this is decided.
      if (account === undefined) note(ledgerStreams.account(accountId));
      return account;
    },
  };
}
