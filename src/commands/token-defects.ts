import { byArea } from '../model/defect-areas.ts';
import { type DefectEntry, NEEDS } from '../model/token-defect.ts';
import { SIGNING_ALGORITHMS } from '../model/token-request.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<undefined, DefectEntry[]> = {
  examples: ['fintech token defects', 'fintech token mint --defect signature/none'],
  configure() {},
  input: () => undefined,
  async run() {
    const { listDefects } = await import('../app/defects.ts');
    return listDefects();
  },
  present(defects, style) {
    const width = Math.max(...defects.map(({ id }) => id.length));
    const areas = byArea(defects).map(({ title, entries }) => {
      const lines = entries.map(({ class: row, id, title: what, expect }) =>
        [`  ${row.padEnd(3)}`, id.padEnd(width), style.dim(String(expect.status)), what].join('  '),
      );
      return [style.bold(`${title} (${entries.length})`), ...lines].join('\n');
    });
    return areas.join('\n\n');
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
