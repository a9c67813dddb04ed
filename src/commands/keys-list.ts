import type { KeyList } from '../app/keys.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<undefined, KeyList> = {
  examples: ['fintech keys list'],
  configure() {},
  input: () => undefined,
  async run(context) {
    const { listKeys } = await import('../app/keys.ts');
    return listKeys(context);
  },
  present({ folder, keys }, style) {
    const rows = keys.map(
      ({ algorithm, kid, createdAt, publishedUntil }) =>
        `${algorithm}  ${kid}  ${style.dim(createdAt ?? `retired, published until ${publishedUntil}`)}`,
    );
    return [...rows, style.dim(folder)].join('\n');
  },
  dataSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['folder', 'keys'],
    properties: {
      folder: { type: 'string' },
      keys: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['kid', 'algorithm', 'createdAt', 'publishedUntil', 'publicJwk'],
          properties: {
            kid: { type: 'string' },
            algorithm: { type: 'string' },
            createdAt: { description: 'Null where it signs no more.', type: ['string', 'null'] },
            publishedUntil: { description: 'Null where it signs.', type: ['string', 'null'] },
            publicJwk: { description: 'RFC 7517; public members only.', type: 'object' },
          },
        },
      },
    },
  },
};
