/** What the vocabulary reads of a posting. */
export const POSTING_PATHS = [
  'data.postings.accountId',
  'data.postings.direction',
  'data.postings.amount',
  'data.postings.currency',
] as const;

/** Every path the default vocabulary reads of an event. */
export const VOCABULARY_PATHS: readonly string[] = [
  ...POSTING_PATHS,
  ...[
    'accountId',
    'amount',
    'commandId',
    'currency',
    'effectiveAt',
    'expiresAt',
    'from',
    'holdId',
    'idempotencyKey',
    'key',
    'kind',
    'overdraft',
    'paymentId',
    'reason',
    'refundId',
    'reverses',
    'status',
    'to',
    'transactionId',
  ].map((name) => `data.${name}`),
];
