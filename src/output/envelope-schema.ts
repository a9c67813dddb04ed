/** The JSON Schema of what `--json` prints, published as `schema/envelope.schema.json`. */
export const envelopeSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'What every `fintech … --json` prints',
  type: 'object',
  additionalProperties: false,
  properties: {
    schemaVersion: { const: 1 },
    command: {
      description: 'The words of the command; empty when none was recognised.',
      type: 'string',
    },
    ok: { description: 'Whether the exit code is 0.', type: 'boolean' },
    data: { description: 'See the schema of the command; null after an error.' },
    warnings: { type: 'array', items: { type: 'string' } },
    error: {
      anyOf: [
        { type: 'null' },
        {
          type: 'object',
          additionalProperties: false,
          properties: {
            code: { description: 'See docs/errors.md.', type: 'string', pattern: '^[A-Z_]+$' },
            message: { type: 'string' },
            hint: { type: ['string', 'null'] },
            details: { type: 'object', additionalProperties: true },
          },
          required: ['code', 'message', 'hint', 'details'],
        },
      ],
    },
  },
  required: ['schemaVersion', 'command', 'ok', 'data', 'warnings', 'error'],
} as const;
