import { type DefectEntry, NEEDS } from '../model/token-defect.ts';
import { SIGNING_ALGORITHMS } from '../model/token-request.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<undefined, DefectEntry[]> = {
  examples: ['fintech token defects', 'fintech token mint --defect signature/none'],
  configure() {},
  input: () => undefined,
  async run() {
    const { listDefects } = await import('../app/tokens.ts');
    return listDefects();
  },
  present(defects, style) {
    const width = Math.max(...defects.map(({ id }) => id.length));
    return defects
      .map(
        ({ id, title, expect }) =>
          `${id.padEnd(width)}  ${style.dim(`${expect.status}`)}  ${title}`,
      )
      .join('\n');
  },
  dataSchema: {
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['id', 'class', 'title', 'sources', 'from', 'mintable', 'needs', 'expect'],
      properties: {
        id: { type: 'string' },
        class: { type: 'string' },
        title: { type: 'string' },
        sources: { type: 'array', items: { type: 'string' } },
        from: { enum: ['sign', 'any-token', 'issuer'] },
        mintable: { type: 'boolean' },
        needs: { type: 'array', items: { enum: NEEDS } },
        algorithms: { type: 'array', items: { enum: SIGNING_ALGORITHMS } },
        repeated: {
          description: 'The good request itself, sent a second time.',
          const: true,
        },
        expect: {
          type: 'object',
          additionalProperties: false,
          required: ['status', 'scheme', 'error'],
          properties: {
            status: { type: 'integer' },
            scheme: { type: ['string', 'null'] },
            error: { type: ['string', 'null'] },
            or: { description: 'Other statuses.', type: 'array', items: { type: 'integer' } },
          },
        },
      },
    },
  },
};
