/** Why this service says no by itself. The ledger's own reasons are passed on as they are. */
export type RefusalCode = 'account-unknown' | 'account-exists' | 'change-pending';
