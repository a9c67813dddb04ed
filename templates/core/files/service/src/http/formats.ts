import { isCurrency } from '../domain/currency.ts';

/** What a JSON Schema may name under `format` besides the standard ones. */
export const formats = {
  'iso-4217': isCurrency,
  'date-time': isInstant,
} as const;

/** Ids go into paths and stream names, so they are plain. */
export const id = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$',
  description: '1 to 64 letters, digits, and . _ ~ -',
} as const;

export const amount = {
  type: 'integer',
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Whole minor units of the currency.',
} as const;

export const currency = {
  type: 'string',
  format: 'iso-4217',
  description: 'Active ISO 4217 code.',
} as const;

export const instant = { type: 'string', format: 'date-time' } as const;

/** For commands that are said by their path alone. */
export const emptyBody = { type: 'object', additionalProperties: false, properties: {} } as const;

/** The `{id}` of a path. */
export const idParams = {
  type: 'object',
  required: ['id'],
  properties: { id },
} as const;

/** How many rows a page holds, as text of a query. */
export const limit = { type: 'string', pattern: '^([1-9][0-9]{0,2}|1000)$' } as const;

const RFC_3339 =
  /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** RFC 3339, and a day that exists: `Date` would take 30 February for 2 March. */
function isInstant(text: string): boolean {
  if (!RFC_3339.test(text)) return false;
  const day = text.slice(0, 10);
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
