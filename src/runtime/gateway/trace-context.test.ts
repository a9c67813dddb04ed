import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../kernel/random.ts';
import { traceOf } from './trace-context.ts';

const ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const read = (...fields: string[]) => traceOf(fields, seededRandom(1));

describe('a trace', () => {
  it.each([`00-${ID}-${SPAN}-00`, `00-${ID}-${SPAN}-01`, `cc-${ID}-${SPAN}-01-more`])(
    'goes on from %s with a parent id of ours',
    (field) => {
      const trace = read(field);
      expect(trace).toMatchObject({ traceId: ID, continued: true });
      expect(trace.traceparent).toMatch(
        new RegExp(`^00-${ID}-[0-9a-f]{16}-${field.slice(53, 55)}$`),
      );
      expect(trace.traceparent).not.toContain(SPAN);
    },
  );

  it.each([
    [[]],
    [['']],
    [[`00-${ID}-${SPAN}-01`, `00-${ID}-${SPAN}-01`]],
    [[`00-${ID}-${SPAN}-01-more`]],
    [[`ff-${ID}-${SPAN}-01`]],
    [[`00-${ID.toUpperCase()}-${SPAN}-01`]],
    [[`00-${'0'.repeat(32)}-${SPAN}-01`]],
    [[`00-${ID}-${'0'.repeat(16)}-01`]],
    [[`00-${ID}-${SPAN}`]],
    [[`00-${ID}-${SPAN}-01 `]],
  ])('starts anew with %j', (fields) => {
    const trace = read(...fields);
    expect(trace.continued).toBe(false);
    expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(trace.traceId).not.toBe(ID);
    expect(trace.traceparent).toMatch(new RegExp(`^00-${trace.traceId}-[0-9a-f]{16}-01$`));
  });
});
