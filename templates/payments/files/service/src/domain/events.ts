export interface PaymentInitiated {
  paymentId: string;
  /** Whole minor units, as everywhere. */
  amount: number;
  currency: string;
  from: string;
  to: string;
  /** Later than this, what is authorised is given back. RFC 3339, as all times here. */
  authoriseBy: string;
  /** Until when an authorised payment may be captured. */
  expiresAt: string;
  idempotencyKey?: string;
}

/** The money is reserved on the payer's account. */
export interface PaymentAuthorised {
  paymentId: string;
  holdId: string;
  amount: number;
  currency: string;
}

export interface PaymentEnded {
  paymentId: string;
  reason?: string;
}

export interface PaymentDeclined {
  paymentId: string;
  reason: string;
}

export interface PaymentNamed {
  paymentId: string;
}

export interface CaptureRequested {
  paymentId: string;
  amount: number;
}

/** The money has left the payer's account and is in the clearing account. */
export interface PaymentCaptured {
  paymentId: string;
  amount: number;
  currency: string;
  transactionId: string;
}

/** The money has left the clearing account; with a reason, it went back to the payer. */
export interface PaymentSettled {
  paymentId: string;
  transactionId: string;
  reason?: string;
}

/** The payer could not be paid back either. It is tried again, as a new attempt. */
export interface GiveBackRefused {
  paymentId: string;
  /** From 1. */
  attempt: number;
  reason: string;
  nextAttemptAt: string;
}

export interface RefundRequested {
  paymentId: string;
  refundId: string;
  amount: number;
}

/** Takes a refund's id, so that no refund of another payment has it too. */
export interface RefundNamed {
  refundId: string;
  paymentId: string;
}

export interface PaymentRefunded {
  paymentId: string;
  refundId: string;
  amount: number;
  currency: string;
  transactionId: string;
  reason?: string;
}

export interface RefundDeclined {
  paymentId: string;
  refundId: string;
  reason: string;
}

/** Every fact this service records, by the last part of its event type. */
export interface PaymentFacts {
  initiated: PaymentInitiated;
  authorised: PaymentAuthorised;
  declined: PaymentDeclined;
  'timed-out': PaymentNamed;
  'capture-requested': CaptureRequested;
  captured: PaymentCaptured;
  settled: PaymentSettled;
  'settlement-refused': PaymentDeclined;
  'give-back-refused': GiveBackRefused;
  'void-requested': PaymentEnded;
  voided: PaymentEnded;
  'refund-requested': RefundRequested;
  'refund-named': RefundNamed;
  refunded: PaymentRefunded;
  'refund-declined': RefundDeclined;
}

export type PaymentEvent = {
  [Type in keyof PaymentFacts]: { type: Type; data: PaymentFacts[Type] };
}[keyof PaymentFacts];

/** What the parts that every service has call the events of its own domain. */
export type DomainEvent = PaymentEvent;
