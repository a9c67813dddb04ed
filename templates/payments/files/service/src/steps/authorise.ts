import type { PaymentEvent } from '../domain/events.ts';
import { clearingAccount, type StepContext } from './step-context.ts';

/**
 * Reserves the money. Whatever speaks against the payment is looked at after that, and the money
 * freed: an earlier call may have reserved it unbeknown to us, and would leave it so.
 */
export async function authorise(context: StepContext): Promise<PaymentEvent[]> {
  const { payment, ledger, occasion } = context;
  const { paymentId, amount, currency, from, authoriseBy, expiresAt } = payment.initiated;
  if (Date.now() > Date.parse(authoriseBy) && payment.timedOut === undefined) {
    return [{ type: 'timed-out', data: { paymentId } }];
  }
  const hold = { accountId: from, amount, currency, expiresAt };
  const placed = await ledger.placeHold(hold, occasion('authorise'));
  const fault = placed.ok ? await faultOf(context) : placed.reason;
  if (fault === undefined) {
    const data = { paymentId, holdId: paymentId, amount, currency };
    return [{ type: 'authorised', data }];
  }
  if (placed.ok) await ledger.voidHold(occasion('void'));
  return [{ type: 'declined', data: { paymentId, reason: fault } }];
}

/** Why a payment whose money is reserved cannot go on. */
async function faultOf(context: StepContext): Promise<string | undefined> {
  const { from, to } = context.payment.initiated;
  if (context.payment.timedOut === true) return 'timed-out';
  return (
    (await accountFault(context, from)) ??
    (await accountFault(context, to)) ??
    (await openClearing(context))
  );
}

async function accountFault(
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

async function openClearing({
  payment,
  ledger,
  occasion,
}: StepContext): Promise<string | undefined> {
  const { currency } = payment.initiated;
  const accountId = clearingAccount(currency);
  if ((await ledger.account(accountId, occasion('look'))).ok) return undefined;
  const account = { accountId, currency, kind: 'liability' };
  const opened = await ledger.openAccount(account, occasion('open-clearing'));
  return opened.ok ? undefined : opened.reason;
}
