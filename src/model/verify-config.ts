import type { AccountKind } from './ledger.ts';
import type { Severity } from './verify-report.ts';

/** `verify:` of `fintech.yaml`, as its schema lets it through. `docs/sources.md` says what each means. */
export interface VerifyConfig {
  sources?: (string | SourceConfig)[];
  log?: LogConfig;
  map?: MapEntry[];
  presets?: string[];
  sagas?: Record<string, SagaConfig>;
  accounts?: AccountRule[];
  openings?: string;
  currencies?: Record<string, number>;
  outbox?: OutboxConfig;
  require?: string[];
  checks?: Record<string, 'off' | CheckSetting>;
  invariants?: string[];
  projections?: string[];
  readModels?: Record<string, string>;
  schemas?: Record<string, string>;
  checkpointKey?: string;
  ignore?: string[];
  unmapped?: 'error' | 'warn' | 'ignore';
}

/** One of `files`, `sandbox`, `url` or `postgres` says where the records are. */
export interface SourceConfig {
  name?: string;
  files?: string | string[];
  sandbox?: true;
  url?: string;
  postgres?: string;
  table?: string;
  where?: string;
  orderBy?: string;
  preset?: string | string[];
  log?: LogConfig;
}

/** What a log promises of itself. */
export interface LogConfig {
  envelope?: EnvelopeConfig;
  /** `json`: a string that holds JSON. `pairs`: a list of names and values in turn. */
  decode?: Record<string, 'json' | 'pairs'>;
  order?: 'gapless' | 'increasing' | 'none';
  revisions?: 'none' | { from: number };
  duplicates?: 'forbidden' | 'identical';
  starts?: 'beginning' | 'middle';
}

export interface EnvelopeConfig {
  type?: Value;
  id?: Value;
  source?: Value;
  stream?: Value;
  revision?: Value;
  position?: Value | [Value, Value];
  time?: Value;
  recorded?: Value;
  cause?: Value;
  correlation?: Value;
  key?: Value;
  /** Where the default vocabulary finds what an event says. */
  data?: Value;
  /** What two deliveries of one event have in common. */
  body?: Value;
}

/** A path, a literal, or a rule that makes one value of several. */
export type Value = string | ValueRule;

export interface ValueRule {
  path?: string;
  value?: string | number | boolean;
  first?: string[];
  join?: string[];
  values?: Record<string, string>;
  as?: 'rfc3339' | 'date' | 'epoch-s' | 'epoch-ms' | 'epoch-us';
  unit?: 'major' | 'minor' | number | { path: string; values?: Record<string, UnitName> };
  /** Whether nothing may stand there. */
  optional?: boolean;
}

/** What an amount counts: whole units of its currency, minor units, or units of so many decimals. */
export type UnitName = 'major' | 'minor' | number;

type Scalar = string | number | boolean | null;

/** Which records are which facts. */
export interface MapEntry {
  type?: string;
  source?: string;
  when?: Record<string, Scalar | Scalar[]>;
  optional?: boolean;
  transaction?: Value;
  postings?: Record<string, Value> | Record<string, Value>[];
  reverses?: Value;
  hold?: Value | Record<string, Value>;
  key?: Value;
  payment?: Value | Record<string, Value>;
  posting?: Record<string, Value>;
  accountState?: Record<string, Value>;
  movement?: Record<string, Value>;
  statement?: Record<string, Value>;
  saga?: Record<string, Value>;
  command?: Record<string, Value>;
  checkpoint?: Record<string, Value>;
}

export interface SagaConfig {
  start: string[];
  next: Record<string, string[]>;
  end: string[];
  deadline?: string;
  money?: boolean;
}

export interface AccountRule {
  match: string;
  kind?: AccountKind;
  overdraft?: number;
  limit?: number;
}

export interface OutboxConfig {
  committed: string;
  published: string;
  key?: Value;
  within?: string;
}

/** What a check is told; each member but the first is of the check it names. */
export interface CheckSetting {
  severity?: Severity;
  /** ledger/limits: accounts that may fall below zero without a bound. */
  overdraft?: string[];
  /** ledger/holds: whether a hold may be posted in several parts. */
  partialCaptures?: boolean;
  /** ledger/holds: how far the clocks that place and post a hold may be apart; a duration. */
  tolerance?: string;
  /** ledger/conservation: event types whose movements bring money in, or take it out; may end in *. */
  minted?: string[];
  burned?: string[];
  /** log/secrets: paths. */
  allow?: string[];
}
