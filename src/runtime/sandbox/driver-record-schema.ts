/** Of `.fintech/driver.json`. */
export const driverRecordSchema = {
  type: 'object',
  properties: {
    schemaVersion: { const: 1 },
    holders: { type: 'array', items: { enum: ['embedded', 'docker'] } },
    docker: {
      type: 'object',
      properties: {
        project: { type: 'string' },
        root: { type: 'string' },
        publishedHost: { type: 'string' },
        units: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              kind: { enum: ['component', 'service'] },
              url: { type: 'string' },
            },
            required: ['name', 'kind', 'url'],
          },
        },
      },
      required: ['project', 'root', 'publishedHost'],
    },
  },
  required: ['schemaVersion', 'holders'],
} as const;
