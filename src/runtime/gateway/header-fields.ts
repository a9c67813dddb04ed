import { valuesOf } from './framing.ts';
import type { TraceContext } from './trace-context.ts';

/** Fields for one connection only (RFC 9110 §7.6.1, §11.7), besides those `Connection` names. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** What a client says of itself that only a proxy may say, and what the gateway makes anew. */
const NOT_FROM_CLIENTS: ReadonlySet<string> = new Set([
  'client-cert',
  'client-cert-chain',
  'expect',
  'forwarded',
  'host',
  'traceparent',
  'trailer',
  'x-real-ip',
]);

/** Fields that a trailer section may not bring (RFC 9110 §6.5.1). */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'host',
  'set-cookie',
  'trailer',
  'www-authenticate',
]);

const VIA = '1.1 fintech';

/** The fields that go on, without those for this one connection. */
export function endToEndFields(fields: readonly string[]): string[] {
  const named = new Set(
    valuesOf(fields, 'connection').flatMap((value) =>
      value.split(',').map((option) => canonicalName(option.trim())),
    ),
  );
  return fieldsBut(fields, (name) => HOP_BY_HOP.has(name) || named.has(name));
}

export interface ForwardedFrom {
  /** Address of the client's side of the connection. */
  peer: string;
  host: string;
  trace: TraceContext;
  /** Whether the client takes trailers: the one `TE` member that goes on (§10.1.4). */
  takesTrailers: boolean;
}

/** The fields of the upstream request, from the end-to-end fields of the client's. */
export function upstreamFields(fields: readonly string[], from: ForwardedFrom): string[] {
  const { peer, host, trace, takesTrailers } = from;
  const kept = fieldsBut(
    fields,
    (name) =>
      NOT_FROM_CLIENTS.has(name) ||
      name.startsWith('x-forwarded-') ||
      (name === 'tracestate' && !trace.continued),
  );
  const node = peer.includes(':') ? `"[${peer}]"` : peer;
  kept.push('via', VIA, 'x-forwarded-for', peer, 'x-forwarded-host', host);
  kept.push('x-forwarded-proto', 'http', 'forwarded', `for=${node};host="${host}";proto=http`);
  kept.push('traceparent', trace.traceparent);
  if (takesTrailers) kept.push('te', 'trailers');
  return kept;
}

/** The fields of the answer to the client. */
export function downstreamFields(raw: readonly string[], status: number): string[] {
  const fields = endToEndFields(raw);
  fields.push('via', VIA);
  // RFC 9110 §8.6: a 204 has no Content-Length.
  return status === 204 ? fieldsBut(fields, (name) => name === 'content-length') : fields;
}

export function trailerFields(raw: readonly string[]): [string, string][] {
  const kept = fieldsBut(endToEndFields(raw), (name) => NOT_IN_TRAILERS.has(name));
  return Array.from({ length: kept.length / 2 }, (_, at) => [
    kept[2 * at] ?? '',
    kept[2 * at + 1] ?? '',
  ]);
}

export function takesTrailers(fields: readonly string[]): boolean {
  return valuesOf(fields, 'te').some((value) => /(?:^|,)\s*trailers\s*(?:,|$)/i.test(value));
}

function fieldsBut(fields: readonly string[], isDropped: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? '';
    if (!isDropped(canonicalName(name))) kept.push(name, fields[at + 1] ?? '');
  }
  return kept;
}

/** Servers that turn fields into variables read `_` as `-`; a disguise must not get through. */
function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes('_') ? lower.replaceAll('_', '-') : lower;
}
