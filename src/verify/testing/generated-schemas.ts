import { payloadValidator } from '../payload/payload-validator.ts';
import type { CheckSettings } from '../contract.ts';
import { DEFAULT_WORDS } from '../vocabulary/default.ts';

const digest = { type: 'string', pattern: '^[0-9a-f]{64}$' };

const COMPLETED = payloadValidator({
  type: 'object',
  additionalProperties: false,
  required: ['commandId', 'key', 'fingerprint', 'status', 'resourceId'],
  properties: {
    commandId: { type: 'string' },
    key: digest,
    fingerprint: digest,
    status: { type: 'integer', minimum: 200, maximum: 599 },
    resourceId: { type: 'string' },
  },
});

const ANYTHING = payloadValidator(true);

/** Schemas of what a generated log may hold. Only results have one that says something: other faults break the rest. */
export const GENERATED_SCHEMAS: CheckSettings['schemas'] = new Map([
  ...DEFAULT_WORDS.map((word) => [`com.acme.${word}.v1`, ANYTHING] as const),
  ['com.acme.ledger.command-accepted.v1', ANYTHING],
  ['com.acme.ledger.command-completed.v1', COMPLETED],
]);
