import { FAULTS, SPOILABLE } from './answers.ts';

/** The body of `POST /admin/answers`. */
export const answerSchema: object = {
  type: 'object',
  additionalProperties: false,
  required: ['at', 'fault'],
  properties: {
    at: { enum: SPOILABLE },
    fault: { enum: FAULTS },
    client: { type: 'string', minLength: 1, maxLength: 64 },
    test: { type: 'string', minLength: 1, maxLength: 128 },
    times: { type: 'integer', minimum: 1, maximum: 1000 },
    forS: { type: 'integer', minimum: 1, maximum: 3600 },
    delayMs: { type: 'integer', minimum: 1, maximum: 30_000 },
  },
};
