import type { JsonNode } from '../kernel/json-text.ts';
import type { AccountKind, HoldStep, Posting, SideTotals } from '../model/ledger.ts';
import type { AmountFault } from '../model/money.ts';

/** What a log promises of itself; checks hold it to no more. */
export interface LogProfile {
  /** Whether its records are CloudEvents in the JSON format; else a mapped envelope says where things stand. */
  cloudEvents: boolean;
  /** Whether its records name their types, so that one without lacks something. */
  typed: boolean;
  /** Global positions, of each partition where it has some: without a gap, only rising, or none that mean anything. */
  order: 'gapless' | 'increasing' | 'none';
  /** The revision every stream begins with; undefined where the log has none. */
  firstRevision: number | undefined;
  /** Whether the same event may stand in the log again: it is then counted, not found. */
  redelivers: boolean;
  /** Whether it begins in mid-life: the first revision and balance seen are taken as given. */
  startsInMiddle: boolean;
}

/** The log an event stands in: one source, of one file or several. */
export interface Log {
  /** The source as the user named it. */
  name: string;
  /** Its place among the sources of this run, from 0. */
  index: number;
  profile: LogProfile;
  /** Whether this run reads other logs too, so that a place needs the log's name. */
  amongOthers: boolean;
  /** Whether it has several files, each with line numbers of its own. */
  inParts: boolean;
  /** Its files so far, each with the number of its first line. */
  parts: { name: string; firstLine: number }[];
}

/** Where an event stands. Small, because checks keep many. */
export interface EventRef {
  log: Log;
  /** From 1, counted through all parts of the log. */
  line: number;
  /** The global position as the log says it, behind its partition (`3/17`); `line:<n>` where it says none. */
  position: string;
}

/** An event of the log, as far as its envelope could be read. */
export interface EventFact {
  kind: 'event';
  at: EventRef;
  id: string | undefined;
  source: string | undefined;
  type: string | undefined;
  /** CloudEvents `subject`. */
  stream: string | undefined;
  /** `time`, else `recordedtime`. */
  time: string | undefined;
  /** `recordedtime`: when the log took it. */
  recordedTime: string | undefined;
  /** The extension `idempotencykey`. */
  idempotencyKey: string | undefined;
  /** The extension `causationid`: the id of the event this one follows from. */
  causationId: string | undefined;
  /** The extension `correlationid`. */
  correlationId: string | undefined;
  /** The partition its position counts in, where the log has several. */
  partition?: string | undefined;
  /** Whether its source and id stood in this log before, which may deliver an event again. */
  again?: true;
  /** As written; undefined where the event carries none. */
  revision: string | undefined;
  globalPosition: string | undefined;
  data: JsonNode | undefined;
  node: JsonNode;
}

/** A line of the log as it is served; control lines and a torn last line are none. */
export interface LineFact {
  kind: 'line';
  at: EventRef;
  /** Every byte but the line feed, good until the next fact; undefined where it is too long to be read. */
  bytes: Buffer | undefined;
}

/** Bytes that are not what a line of a log should be. */
export interface DamageFact {
  kind: 'damage';
  at: EventRef;
  fault:
    | 'byte-order-mark'
    | 'not-utf8'
    | 'syntax'
    | 'too-long'
    | 'too-deep'
    | 'lone-surrogate'
    | 'duplicate-member'
    | 'not-an-object';
  message: string;
  /** File and byte offset in it, of the bytes that are wrong. */
  file: string;
  offset: number;
  /** Whether an event could not be read because of it. */
  lost: boolean;
}

/** A line that is no event and need not be one. */
export interface PassedFact {
  kind: 'passed';
  at: EventRef;
  why: 'blank' | 'torn' | 'control';
  offset: number;
}

/**
 * Events are missing here: before the log begins (`past`), or inside of it. What a balance or an
 * account's state is afterwards, the log cannot say.
 */
interface BlindFact {
  kind: 'blind';
  missing: 'past' | 'inside';
}

/** Whether an event's source and id stood in this log before. */
export interface IdentityFact {
  kind: 'identity';
  outcome: 'first' | 'same' | 'other' | 'unnamed' | 'untracked';
  at: EventRef;
  /** The event with the same source and id that came first. */
  earlier: EventRef | undefined;
  id: string | undefined;
}

/** An event of the vocabulary that does not say what it should. */
export interface UnusableFact {
  kind: 'unusable';
  event: EventFact;
  what: Exclude<LedgerFact['kind'], 'unusable' | 'amount'>;
  /** What is missing or unknown, one clause each; empty where only its amounts are wrong. */
  problems: readonly string[];
  /** Accounts it surely touches; undefined where it may touch any. */
  accounts: readonly string[] | undefined;
}

/** One amount, or one currency that stands without, as an event states it. */
export interface AmountFact {
  kind: 'amount';
  event: EventFact;
  /** Such as `data.postings[0].amount`. */
  path: string;
  /** As written; undefined where there is only a currency. */
  text: string | undefined;
  amount: bigint | undefined;
  fault: AmountFault | undefined;
  currency: string | undefined;
}

export interface AccountFact {
  kind: 'account';
  event: EventFact;
  step: 'opened' | 'frozen' | 'unfrozen' | 'closed';
  accountId: string;
  /** The rest only where opened. */
  currency?: string;
  accountKind?: AccountKind | undefined;
  overdraft?: bigint | undefined;
}

export interface TransactionFact {
  kind: 'transaction';
  /** More than one where a transaction is split over a batch. */
  events: EventFact[];
  event: EventFact;
  transactionId: string;
  postings: Posting[];
  totals: ReadonlyMap<string, SideTotals>;
  idempotencyKey: string | undefined;
  holdId: string | undefined;
  paymentId: string | undefined;
  /** The transaction whose effect this one takes back. */
  reverses: string | undefined;
}

export interface HoldFact {
  kind: 'hold';
  event: EventFact;
  step: HoldStep;
  holdId: string;
  /** Where placed or posted. */
  amount?: bigint | undefined;
  /** Where posted, by which transaction. */
  transactionId?: string | undefined;
  /** The rest only where placed. */
  accountId?: string;
  currency?: string;
  expiresAt?: string | undefined;
}

type PaymentStep =
  | 'initiated'
  | 'authorised'
  | 'captured'
  | 'settled'
  | 'declined'
  | 'voided'
  | 'refunded'
  | 'charged-back';

export interface PaymentFact {
  kind: 'payment';
  event: EventFact;
  step: PaymentStep;
  paymentId: string;
  amount?: bigint;
  currency?: string;
  transactionId?: string;
  refundId?: string;
  idempotencyKey?: string | undefined;
}

/** An account is told of a transaction; no money moves by it. */
export interface EntryFact {
  kind: 'entry';
  event: EventFact;
}

/** Single-entry books: one account is moved by a signed amount. */
export interface MovementFact {
  kind: 'movement';
  event: EventFact;
  accountId: string;
  /** Positive adds to the account's own balance, as `balanceAfter` counts it. */
  amount: bigint;
  currency: string;
  balanceAfter: bigint | undefined;
  /** RFC 3339 time or a date. */
  at: string | undefined;
  /** The statement it is an entry of. */
  statementId: string | undefined;
}

/** A statement of one account: what stood on it before its entries and after them. */
export interface StatementFact {
  kind: 'statement';
  event: EventFact;
  statementId: string;
  accountId: string;
  currency: string;
  opening: bigint;
  closing: bigint;
  /** Control totals, where the statement states them. */
  entries: number | undefined;
  /** Sum of positive amounts, and of negative ones without their sign. */
  credits: bigint | undefined;
  debits: bigint | undefined;
}

/** A business process took one step. */
export interface SagaFact {
  kind: 'saga';
  event: EventFact;
  /** The process, such as `payment`; its rules are in the settings. */
  name: string;
  /** Which one of them. */
  key: string;
  step: string;
}

/** What became of a command; `result` is the last word on it. */
export interface CommandFact {
  kind: 'command';
  event: EventFact;
  commandId: string;
  step: 'accepted' | 'rejected' | 'result';
  /** Its outcome as recorded, such as an HTTP status. */
  status: string | undefined;
}

/** A consumer says how far it has read. */
export interface ConsumerFact {
  kind: 'consumer';
  event: EventFact;
  consumer: string;
  position: string;
}

/** What the vocabulary makes of one event. */
export type LedgerFact =
  | UnusableFact
  | AmountFact
  | AccountFact
  | TransactionFact
  | HoldFact
  | PaymentFact
  | EntryFact
  | MovementFact
  | StatementFact
  | SagaFact
  | CommandFact
  | ConsumerFact;

export type Fact =
  | LineFact
  | EventFact
  | DamageFact
  | PassedFact
  | BlindFact
  | IdentityFact
  | LedgerFact;
export type FactKind = Fact['kind'];
export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>;
export type Emit<F extends Fact = Fact> = (fact: F) => void;
