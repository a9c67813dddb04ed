import { randomBytes } from 'node:crypto';

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The trace a request belongs to (W3C Trace Context), or a new one. */
export function traceIdOf(traceparent: string | string[] | undefined): string {
  const found = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return found ?? newTraceId();
}

export function newTraceId(): string {
  return randomBytes(16).toString('hex');
}

/** A new span of a trace. */
export function newTraceparent(traceId: string = newTraceId()): string {
  return `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
}
