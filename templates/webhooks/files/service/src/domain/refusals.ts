/** Why this service says no. Closed: each has its HTTP status in `http/refusal-status.ts`. */
export type RefusalCode =
  | 'endpoint-unknown'
  | 'delivery-unknown'
  | 'source-unknown'
  | 'endpoint-exists'
  | 'endpoint-disabled'
  | 'endpoint-enabled'
  | 'source-exists'
  | 'secret-dictated'
  | 'delivery-in-flight'
  | 'delivery-not-due'
  | 'attempt-superseded'
  | 'message-differs'
  | 'target-refused'
  | 'range-empty';
