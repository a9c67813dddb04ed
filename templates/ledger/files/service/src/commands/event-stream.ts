import type { LedgerEvent } from '../domain/events.ts';
import { streams } from '../names.ts';

/** The stream that an event goes to. */
export function streamOf({ type, data }: LedgerEvent): string {
  switch (type) {
    case 'transaction-posted':
      return streams.transaction(data.transactionId);
    case 'hold-placed':
    case 'hold-posted':
    case 'hold-voided':
    case 'hold-expired':
      return streams.hold(data.holdId);
    case 'account-opened':
    case 'account-frozen':
    case 'account-unfrozen':
    case 'account-closed':
    case 'account-entered':
      return streams.account(data.accountId);
  }
}
