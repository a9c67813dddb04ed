import { canonicalJson, type JsonNode, stringOf } from '../kernel/json-text.ts';
import { parseRfc3339Ms } from '../kernel/time.ts';

/** Limits of one event and of one append; passing one is a clear 413 or 400. */
export const EVENT_LIMITS = {
  eventBytes: 1_048_576,
  appendEvents: 1000,
  appendBytes: 8_388_608,
  streamNameBytes: 256,
} as const;

/** The attributes the store adds, last and in this order; producers may not send them. */
export const STORE_ATTRIBUTES = ['streamrevision', 'globalposition', 'recordedtime'] as const;

/** The CloudEvents 1.0 attributes every part of the system reads. */
export interface CloudEventAttributes {
  id: string;
  source: string;
  type: string;
  subject: string | undefined;
  time: string | undefined;
}

export type CloudEventReading =
  | { ok: true; attributes: CloudEventAttributes }
  | { ok: false; violations: string[] };

const CONTEXT_ATTRIBUTE = /^[a-z0-9]+$/;
/** What CloudEvents strings may not hold (§3.1): control characters, lone surrogates, noncharacters. */
export const FORBIDDEN_CHARACTER: RegExp = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;.*)?$/;
const REQUIRED = ['id', 'source', 'type', 'specversion'] as const;

/**
 * Reads a CloudEvents 1.0 event in the JSON format (structured mode).
 * A member whose value is null counts as absent (JSON Event Format §2.2).
 * @returns the attributes, or every rule it breaks, each as one sentence
 */
export function readCloudEvent(node: JsonNode): CloudEventReading {
  if (node.kind !== 'object') return { ok: false, violations: ['an event must be a JSON object'] };
  const violations: string[] = [];
  const present = node.members.filter(
    ({ value }) => value.kind !== 'literal' || value.text !== 'null',
  );
  const values = new Map(present.map(({ name, value }) => [name, value]));
  for (const name of REQUIRED) {
    const value = stringOf(values.get(name));
    if (value === undefined || value === '')
      violations.push(`"${name}" must be a non-empty string`);
  }
  for (const [name, value] of values) {
    const violation = attributeViolation(name, value);
    if (violation !== undefined) violations.push(violation);
  }
  if (values.has('data') && values.has('data_base64')) {
    violations.push('"data" and "data_base64" exclude each other');
  }
  if (violations.length > 0) return { ok: false, violations };
  const text = (name: string) => stringOf(values.get(name));
  return {
    ok: true,
    attributes: {
      id: text('id') ?? '',
      source: text('source') ?? '',
      type: text('type') ?? '',
      subject: text('subject'),
      time: text('time'),
    },
  };
}

function attributeViolation(name: string, value: JsonNode): string | undefined {
  if (name === 'data') return undefined;
  const text = stringOf(value);
  if (text !== undefined && FORBIDDEN_CHARACTER.test(text)) {
    return `"${name}" holds a control character, a lone surrogate or a noncharacter`;
  }
  switch (name) {
    case 'id':
    case 'type':
      return undefined;
    case 'source':
      return text !== undefined && /[\s<>"{}|\\^`]/.test(text)
        ? '"source" must be a URI reference'
        : undefined;
    case 'specversion':
      return text === undefined || text === '' || text === '1.0'
        ? undefined
        : '"specversion" must be "1.0"';
    case 'subject':
      return text === undefined || text === '' ? '"subject" must be a non-empty string' : undefined;
    case 'time':
      return text === undefined || parseRfc3339Ms(text) === undefined
        ? '"time" must be an RFC 3339 time'
        : undefined;
    case 'datacontenttype':
      return text === undefined || !isMediaType(text)
        ? '"datacontenttype" must be a media type'
        : undefined;
    case 'dataschema':
      return text === undefined || !URL.canParse(text)
        ? '"dataschema" must be an absolute URI'
        : undefined;
    case 'data_base64':
      return text === undefined || !isBase64(text) ? '"data_base64" must be base64' : undefined;
    default:
      return extensionViolation(name, value);
  }
}

export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text);
}

function extensionViolation(name: string, value: JsonNode): string | undefined {
  if (!CONTEXT_ATTRIBUTE.test(name)) {
    return `attribute name ${JSON.stringify(name)} may hold only a-z and 0-9`;
  }
  const scalar =
    value.kind === 'string' ||
    value.kind === 'literal' ||
    (value.kind === 'number' && isInteger(value.text));
  return scalar
    ? undefined
    : `attribute "${name}" must be a string, a boolean or an integer of 32 bits`;
}

/** As RFC 4648 §4 writes bytes: padded, and no other text for the same bytes. */
function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text;
}

/** A CloudEvents Integer (§3.1): whole and of 32 bits with its sign. */
function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text) && Math.trunc(Number(text)) === (Number(text) | 0);
}

/**
 * The text two events share exactly when they are the same event: equal JSON values, numbers by their
 * digits, the attributes a store adds left out. Idempotency and `verify` both go by it.
 */
export function canonicalEvent(event: JsonNode): string {
  if (event.kind !== 'object') return canonicalJson(event);
  const own = event.members.filter(({ name }) => !isStoreAttribute(name));
  return canonicalJson({ kind: 'object', members: own });
}

/** Whether an attribute is one that only the store may set. */
export function isStoreAttribute(name: string): boolean {
  return (STORE_ATTRIBUTES as readonly string[]).includes(name);
}

/** `.` and `..` are none: clients resolve them in a path before they send it (RFC 3986 §5.2.4). */
const STREAM_NAME = /^(?!\.{1,2}$)[^\p{Cc}\p{Cs}]+$/u;

/** Whether a name may be a stream's: 1 to 256 bytes of UTF-8, no control characters, not `.` or `..`. */
export function isStreamName(name: string): boolean {
  return STREAM_NAME.test(name) && Buffer.byteLength(name) <= EVENT_LIMITS.streamNameBytes;
}
