import type { Command } from 'commander';
import type { RotatedKey, RotateInput } from '../app/key-changes.ts';
import { SIGNING_ALGORITHMS } from '../model/token-request.ts';
import { oneOf, overlapOf } from './token-options.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<RotateInput, RotatedKey[]> = {
  examples: ['fintech keys rotate --overlap 10m', 'fintech keys rotate --alg ES256 --overlap 0s'],
  configure(command: Command): void {
    command
      .option('--alg <name>', `only this one of ${SIGNING_ALGORITHMS.join(', ')}`)
      .option('--overlap <duration>', 'how long tokens of the old keys are accepted', '1h');
  },
  input(command: Command): RotateInput {
    const { alg, overlap } = command.opts<{ alg?: string; overlap: string }>();
    return {
      algorithm: alg === undefined ? undefined : oneOf('--alg', alg, SIGNING_ALGORITHMS),
      overlapMs: overlapOf(overlap),
    };
  },
  async run(context, input) {
    const { rotateKeys } = await import('../app/key-changes.ts');
    return rotateKeys(context, input);
  },
  present: (rotated, style) =>
    rotated
      .map(
        ({ algorithm, kid, retired }) =>
          `${algorithm}  ${kid}  ${style.dim(`in place of ${retired.kid}, published until ${retired.publishedUntil}`)}`,
      )
      .join('\n'),
  dataSchema: {
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['algorithm', 'kid', 'retired'],
      properties: {
        algorithm: { enum: SIGNING_ALGORITHMS },
        kid: { type: 'string' },
        retired: {
          type: 'object',
          additionalProperties: false,
          required: ['kid', 'publishedUntil'],
          properties: { kid: { type: 'string' }, publishedUntil: { type: 'string' } },
        },
      },
    },
  },
};
