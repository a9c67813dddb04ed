import {
  type AuthorizationDetail,
  type AuthorizationDetailsForIntrospection,
  errors,
  type KoaContextWithOIDC,
  type RichAuthorizationRequestsActiveConfiguration,
} from 'oidc-provider';
import { currencyFault, minorUnitDecimals } from '../../../model/currency.ts';

/** What `payment_initiation` may hold (RFC 9396 §2.1, §2.2); anything else is refused (§5). */
const MEMBERS: ReadonlySet<string> = new Set([
  'type',
  'actions',
  'locations',
  'identifier',
  'instructedAmount',
  'creditorName',
  'creditorAccount',
  'debtorAccount',
  'remittanceInformationUnstructured',
]);
const ACTIONS: ReadonlySet<unknown> = new Set(['initiate', 'status', 'cancel']);
const ACCOUNT_KEYS: ReadonlySet<string> = new Set(['iban', 'bban', 'maskedPan', 'currency']);

type PaymentDetails = RichAuthorizationRequestsActiveConfiguration & {
  authorizationDetailsForIntrospection: AuthorizationDetailsForIntrospection;
};

/** Rich authorization requests (RFC 9396): payments, checked, consented to, and carried in the token. */
export function richAuthorizationRequests(): PaymentDetails {
  return {
    enabled: true,
    types: {
      payment_initiation: {
        validate: (_ctx: unknown, detail: AuthorizationDetail) => {
          const fault = paymentFault(detail);
          if (fault !== undefined) throw new errors.InvalidAuthorizationDetails(fault);
        },
      },
    },
    authorizationDetailsForGrantSource: ({ oidc }: KoaContextWithOIDC) => oidc.grant?.rar,
    authorizationDetailsForAccessToken: (
      { oidc }: KoaContextWithOIDC,
      _token: unknown,
      source: { rar?: readonly AuthorizationDetail[] | undefined } | undefined,
    ) => narrowed(asked(oidc.params?.['authorization_details']), source?.rar, source === undefined),
    authorizationDetailsForIntrospection: (
      _ctx: unknown,
      token: { rar?: readonly AuthorizationDetail[] | undefined },
    ) => token.rar,
  };
}

function asked(text: unknown): AuthorizationDetail[] | undefined {
  return typeof text === 'string' ? (JSON.parse(text) as AuthorizationDetail[]) : undefined;
}

/** A token request may leave out details that were consented to, and add none (RFC 9396 §6.1). */
function narrowed(
  wanted: AuthorizationDetail[] | undefined,
  consented: readonly AuthorizationDetail[] | undefined,
  isOwn: boolean,
): readonly AuthorizationDetail[] | undefined {
  if (wanted === undefined) return consented;
  const had = new Set((consented ?? []).map((detail) => JSON.stringify(detail)));
  if (!isOwn && wanted.some((detail) => !had.has(JSON.stringify(detail)))) {
    throw new errors.InvalidAuthorizationDetails('these details were not consented to');
  }
  return wanted;
}

/** What is wrong with a payment, as a sentence; undefined for a good one. */
export function paymentFault(detail: AuthorizationDetail): string | undefined {
  const unknown = Object.keys(detail).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) return 'payment_initiation holds a member it does not have';
  const { actions, instructedAmount, creditorName, creditorAccount, debtorAccount } = detail;
  if (Array.isArray(actions) && !actions.every((action) => ACTIONS.has(action))) {
    return 'actions of payment_initiation are initiate, status and cancel';
  }
  const amount = amountFault(instructedAmount);
  if (amount !== undefined) return `instructedAmount ${amount}`;
  if (typeof creditorName !== 'string' || !/^.{1,140}$/su.test(creditorName)) {
    return 'creditorName must be a text of 1 to 140 characters';
  }
  if (!isAccount(creditorAccount)) return 'creditorAccount must name an iban, bban or maskedPan';
  if (debtorAccount !== undefined && !isAccount(debtorAccount)) {
    return 'debtorAccount must name an iban, bban or maskedPan';
  }
  return undefined;
}

function amountFault(value: unknown): string | undefined {
  const { currency, amount, ...rest } = { ...(value as Record<string, unknown> | undefined) };
  if (typeof currency !== 'string' || typeof amount !== 'string' || Object.keys(rest).length > 0) {
    return 'must have currency and amount, both text, and nothing else';
  }
  const fault = currencyFault(currency);
  if (fault !== undefined) return `has a currency that ${fault}`;
  const decimals = /^\d{1,15}(?:\.(\d+))?$/.exec(amount);
  if (decimals === null || !/[1-9]/.test(amount)) return 'must be a positive decimal number';
  const most = minorUnitDecimals(currency) ?? 0;
  return (decimals[1]?.length ?? 0) > most ? `has more than ${most} decimals` : undefined;
}

function isAccount(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.entries(value);
  return (
    entries.some(([name]) => name !== 'currency') &&
    entries.every(
      ([name, text]) => ACCOUNT_KEYS.has(name) && typeof text === 'string' && text !== '',
    )
  );
}
