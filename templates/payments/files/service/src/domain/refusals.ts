/** Why a command is refused. Closed: each has its HTTP status in `commands/refusal-status.ts`. */
export type RefusalCode =
  | 'account-unknown'
  | 'payment-unknown'
  | 'payment-exists'
  | 'payment-not-authorised'
  | 'payment-not-settled'
  | 'step-pending'
  | 'refund-exists'
  | 'same-account-on-both-sides'
  | 'capture-exceeded'
  | 'refund-exceeded';
