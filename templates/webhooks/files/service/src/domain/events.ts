import type { Rotation } from './secret.ts';

/** Somewhere deliveries go. Its first secret is version 1 of a master key. */
export interface EndpointRegistered {
  endpointId: string;
  url: string;
  /** Patterns of the types it is sent. */
  eventTypes: string[];
  description?: string;
  keyId: string;
}

export interface EndpointSecretRotated extends Rotation {
  endpointId: string;
}

export interface EndpointDisabled {
  endpointId: string;
  /** By a command, or since the receiver answered 410 Gone. */
  reason: 'requested' | 'gone';
}

export interface EndpointEnabled {
  endpointId: string;
}

/** Sends again whatever was made for an endpoint after one position and up to another. */
export interface ReplayRequested {
  endpointId: string;
  afterPosition?: number;
  upToPosition?: number;
}

/** Says before a try that it is on its way, so that no second instance makes it too. */
export interface AttemptStarted {
  deliveryId: string;
  endpointId: string;
  attempt: number;
  /** Unless its outcome is known by then, somebody else may try (RFC 3339). */
  leaseUntil: string;
}

export type FailureReason =
  /** Answered, but not with 2xx. */
  | 'status'
  /** Not answered in time. */
  | 'timeout'
  /** No connection, or one that was cut. */
  | 'connection'
  /** The host's address is not on the public internet. */
  | 'target-forbidden'
  /** This instance stopped before the answer. */
  | 'interrupted';

export interface AttemptEnded {
  deliveryId: string;
  endpointId: string;
  attempt: number;
}

export interface Delivered extends AttemptEnded {
  status: number;
}

export interface Failed extends AttemptEnded {
  reason: FailureReason;
  status?: number;
}

export interface AttemptFailed extends Failed {
  nextAttemptAt: string;
}

export interface RetryRequested {
  deliveryId: string;
  endpointId: string;
}

/** Somebody who sends webhooks to us. Its first secret is version 1 of a master key. */
export interface SourceAdded {
  source: string;
  keyId: string;
}

export interface SourceSecretRotated extends Rotation {
  source: string;
}

export interface Received {
  source: string;
  /** `webhook-id` as its sender gave it. */
  messageId: string;
  /** When its sender says that it sent it. */
  sentAt: string;
  /** SHA-256 of the body, in hex. */
  digest: string;
  /** The body letter by letter: no number is rounded, and the signature can be proven again. */
  body: string;
}

/** Every fact this service records, by the last part of its event type. */
export interface Facts {
  'endpoint-registered': EndpointRegistered;
  'endpoint-secret-rotated': EndpointSecretRotated;
  'endpoint-disabled': EndpointDisabled;
  'endpoint-enabled': EndpointEnabled;
  'replay-requested': ReplayRequested;
  'attempt-started': AttemptStarted;
  delivered: Delivered;
  'attempt-failed': AttemptFailed;
  'dead-lettered': Failed;
  'retry-requested': RetryRequested;
  'source-added': SourceAdded;
  'source-secret-rotated': SourceSecretRotated;
  received: Received;
}

export type DomainEvent = {
  [Type in keyof Facts]: { type: Type; data: Facts[Type] };
}[keyof Facts];

export type DomainEventType = DomainEvent['type'];
