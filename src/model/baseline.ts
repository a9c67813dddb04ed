/** Findings that are known and accepted for a time. Kept in git, so that accepting one is reviewed. */
export interface BaselineFile {
  accepted: BaselineEntry[];
}

export interface BaselineEntry {
  check: string;
  /** `digest` of the finding. */
  digest: string;
  /** What the finding said when it was accepted, for whoever reads the file. */
  message: string;
  owner: string;
  /** The last day on which it is accepted, in UTC: `2027-03-01`. */
  expires: string;
}

const text = { type: 'string', minLength: 1 } as const;

export const baselineSchema: object = {
  type: 'object',
  additionalProperties: false,
  required: ['accepted'],
  properties: {
    accepted: {
      type: 'array',
      maxItems: 10_000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['check', 'digest', 'message', 'owner', 'expires'],
        properties: {
          check: text,
          digest: { type: 'string', pattern: '^[0-9a-f]{64}$' },
          message: { type: 'string' },
          owner: text,
          expires: { type: 'string', format: 'date' },
        },
      },
    },
  },
};
