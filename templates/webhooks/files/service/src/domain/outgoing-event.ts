/** An event of the log that endpoints may ask for. */
export interface OutgoingEvent {
  position: number;
  eventId: string;
  subject: string;
  /** As receivers know it. */
  type: string;
  /** When it happened (RFC 3339). */
  timestamp: string;
  recordedAt: string;
  data: unknown;
  /** Of the request that led to it. */
  traceparent?: string | undefined;
}

/** The body of every message about an event, the same at every try. */
export function messageBody({ type, timestamp, data }: OutgoingEvent): string {
  return JSON.stringify({ type, timestamp, data });
}
