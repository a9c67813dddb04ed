import type { PaymentEvent } from '../domain/events.ts';
import { clearingAccount, type StepContext } from './step-context.ts';

/**
 * Reserves the money. Too late, it is not left undone, since an earlier call may have reserved it
 * unbeknown to us: it is reserved, by the same key, and freed.
 */
export async function authorise(context: StepContext): Promise<PaymentEvent[]> {
  const { payment, ledger, occasion } = context;
  const { paymentId, amount, currency, from, authoriseBy, expiresAt } = payment.initiated;
  if (Date.now() > Date.parse(authoriseBy) && payment.timedOut === undefined) {
    return [{ type: 'timed-out', data: { paymentId } }];
  }
  const unfit = await unfitAccount(context);
  if (unfit !== undefined) return [declined(paymentId, unfit)];
  await openClearing(context);
  const hold = { accountId: from, amount, currency, expiresAt };
  const placed = await ledger.placeHold(hold, occasion('authorise'));
  if (!placed.ok) return [declined(paymentId, placed.reason)];
  if (payment.timedOut === undefined) {
    const data = { paymentId, holdId: String(placed.body['holdId']), amount, currency };
    return [{ type: 'authorised', data }];
  }
  await ledger.voidHold(occasion('void'));
  return [declined(paymentId, 'timed-out')];
}

/** Why one of the two accounts cannot take part; that of the payer is looked at again by the hold. */
async function unfitAccount(context: StepContext): Promise<string | undefined> {
  const { from, to } = context.payment.initiated;
  return (await unfit(context, from)) ?? (await unfit(context, to));
}

async function unfit(
  { payment, ledger, occasion }: StepContext,
  accountId: string,
): Promise<string | undefined> {
  const found = await ledger.account(accountId, occasion('look'));
  if (!found.ok) return found.reason;
  const { status, currency, kind } = found.body;
  if (status === 'frozen' || status === 'closed') return `account-${status}`;
  if (currency !== payment.initiated.currency) return 'currency-mismatch';
  // Only between accounts that grow on the credit side does a payment mean the same on both.
  return kind === 'asset' || kind === 'expense' ? 'account-kind' : undefined;
}

async function openClearing({ payment, ledger, occasion }: StepContext): Promise<void> {
  const { currency } = payment.initiated;
  const accountId = clearingAccount(currency);
  const found = await ledger.account(accountId, occasion('look'));
  if (found.ok) return;
  const account = { accountId, currency, kind: 'liability' };
  const opened = await ledger.openAccount(account, occasion('open-clearing'));
  if (!opened.ok) throw new Error(`${accountId} cannot be opened: ${opened.reason}`);
}

function declined(paymentId: string, reason: string): PaymentEvent {
  return { type: 'declined', data: { paymentId, reason } };
}
