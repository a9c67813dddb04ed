/** Of `.fintech/state.json`. */
export const stateSchema = {
  $defs: {
    mark: {
      type: 'object',
      properties: { pid: { type: 'integer' }, startedAt: { type: 'string' } },
      required: ['pid', 'startedAt'],
    },
  },
  type: 'object',
  properties: {
    schemaVersion: { const: 1 },
    driver: { const: 'embedded' },
    host: { $ref: '#/$defs/mark' },
    control: {
      type: 'object',
      properties: { url: { type: 'string' }, token: { type: 'string' } },
      required: ['url', 'token'],
    },
    units: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          kind: { enum: ['component', 'service'] },
          url: { type: 'string' },
          readyPath: { type: 'string' },
          processes: { type: 'array', items: { $ref: '#/$defs/mark' } },
        },
        required: ['name', 'kind', 'url', 'readyPath', 'processes'],
      },
    },
  },
  required: ['schemaVersion', 'driver', 'host', 'control', 'units'],
} as const;
