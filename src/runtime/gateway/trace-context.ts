import type { Random } from '../../kernel/random.ts';

/** W3C Trace Context: the trace a request belongs to, and the field that continues it. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  traceId: string;
  /** The `traceparent` for the upstream: same trace, our own parent id. */
  traceparent: string;
  /** Whether the client's trace goes on; its `tracestate` is meaningless otherwise (§3.3). */
  continued: boolean;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZERO = /^0+$/;

/** Continues the trace of exactly one valid `traceparent` (§3.2.2), or starts a new one. */
export function traceOf(fields: readonly string[], random: Random): TraceContext {
  const parent = fields.length === 1 ? readParent(fields[0] ?? '') : undefined;
  const fresh = random.bytes(24).toString('hex');
  const spanId = fresh.slice(0, 16);
  const traceId = parent?.traceId ?? fresh.slice(16);
  const traceparent = `00-${traceId}-${spanId}-${parent?.flags ?? '01'}`;
  return { traceId, traceparent, continued: parent !== undefined };
}

function readParent(field: string): { traceId: string; flags: string } | undefined {
  const [, version = '', traceId = '', parentId = '', flags = '', more] =
    TRACEPARENT.exec(field) ?? [];
  const isValid =
    version !== '' &&
    version !== 'ff' &&
    !(version === '00' && more !== undefined) &&
    !ZERO.test(traceId) &&
    !ZERO.test(parentId);
  return isValid ? { traceId, flags } : undefined;
}
