import { type Register, registerAfter } from '../domain/register.ts';
import { streams } from '../names.ts';
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
    // Nobody but the ledger writes there; what an account was opened with stays for ever.
    ledgerAccount: (accountId) => register.ledgerAccount(accountId),
  };
}
