import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageBody } from '../src/domain/outgoing-event.ts';
import type { StoredEvent } from '../src/platform/event-store.ts';
import { jsonLines } from '../src/platform/json-lines.ts';
import { outgoingEvent } from '../src/projection/recorded-event.ts';

/** The body of the message about an event that the event store serves with this data. */
async function bodyFor(data: string): Promise<string> {
  const rest =
    '"id":"e1","subject":"s","globalposition":"1","recordedtime":"2027-01-01T00:00:00.000Z"';
  const line = Buffer.from(`{"type":"payments.captured",${rest},"data":${data}}\n`);
  const stream = (async function* () {
    yield line;
  })();
  for await (const [event] of jsonLines(stream, 100_000)) {
    const outgoing = outgoingEvent(event as StoredEvent);
    if (outgoing !== undefined) return messageBody(outgoing);
  }
  throw new Error('no event');
}

describe('the numbers of an event', () => {
  it('reach receivers as they were written, beyond what a double keeps', async () => {
    const data =
      '{"id":12345678901234567890,"least":-9007199254740993,"rate":0.12345678901234567891,"n":[1,2.5]}';
    assert.equal(
      await bodyFor(data),
      `{"type":"payments.captured","timestamp":"2027-01-01T00:00:00.000Z","data":${data}}`,
    );
  });

  it('are numbers still, up to the largest exact one', async () => {
    const line = Buffer.from('{"amount":9007199254740991,"text":"12345678901234567890"}\n');
    const stream = (async function* () {
      yield line;
    })();
    for await (const lines of jsonLines(stream, 100)) {
      assert.deepEqual(lines, [{ amount: 9_007_199_254_740_991, text: '12345678901234567890' }]);
    }
  });
});
