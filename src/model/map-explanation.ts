/** What `verify --explain-map` says. */
export interface MapExplanation {
  sources: ExplainedSource[];
}

interface ExplainedSource {
  source: string;
  events: number;
  /** Most frequent first. */
  types: ExplainedType[];
}

export interface ExplainedType {
  /** Null for records that name none. */
  type: string | null;
  events: number;
  /** `left`: no fact and not ignored. */
  outcome: 'facts' | 'ignored' | 'left';
  facts: { fact: string; count: number; example: string; position: string }[];
}

const count = { type: 'integer', minimum: 1 } as const;

/** JSON Schema of `MapExplanation`. */
export const mapExplanationSchema: object = {
  description: 'With --explain-map.',
  type: 'object',
  additionalProperties: false,
  required: ['sources'],
  properties: {
    sources: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['source', 'events', 'types'],
        properties: {
          source: { type: 'string' },
          events: { type: 'integer', minimum: 0 },
          types: {
            type: 'array',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['type', 'events', 'outcome', 'facts'],
              properties: {
                type: { type: ['string', 'null'] },
                events: count,
                outcome: { enum: ['facts', 'ignored', 'left'] },
                facts: {
                  type: 'array',
                  items: {
                    type: 'object',
                    additionalProperties: false,
                    required: ['fact', 'count', 'example', 'position'],
                    properties: {
                      fact: { type: 'string' },
                      count,
                      example: { type: 'string' },
                      position: { type: 'string' },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};
