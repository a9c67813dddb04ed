import { expect, test } from 'vitest';
import { converted, refusal } from './converting.fixture.ts';
import { arrayLines } from './json-array.ts';

const lines = async (text: string | Uint8Array, chunkBytes = 65_536) =>
  converted(arrayLines, text, { chunkBytes });

test('each element of an array is a line, and each byte keeps its place', async () => {
  const text = '[{"a":1},\n {"b":[1,2]} , {"c":"],["}]\n';
  const made = await lines(text);
  expect(made.split('\n').map((line) => line.trim())).toEqual([
    '{"a":1}',
    '{"b":[1,2]}',
    '{"c":"],["}',
  ]);
  expect(made).toHaveLength(text.length);
  expect(made.indexOf('"b"')).toBe(text.indexOf('"b"'));
});

test('an array over many lines comes out the same however it is cut into chunks', async () => {
  const events = [{ id: 'a "quoted" \\ one', nested: [[{ deep: true }], 'é€😀'] }, {}, { n: 2 }];
  const text = JSON.stringify(events, null, 2);
  const whole = await lines(text);
  expect(whole.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(events);
  for (let chunkBytes = 1; chunkBytes < 20; chunkBytes++) {
    expect(await lines(text, chunkBytes), `chunks of ${chunkBytes}`).toBe(whole);
  }
});

test('an element that is broken stays a line of its own, for its reader to find', async () => {
  const text = '[{"a":NaN}, nothing, {"b":"line\nfeed"}, {"c":1}, {}}]';
  const made = (await lines(text)).split('\n').map((line) => line.trim());
  expect(made).toEqual(['{"a":NaN}', 'nothing', '{"b":"line\rfeed"}', '{"c":1}', '{}}']);
});

test('an empty array is an empty log', async () => {
  expect((await lines('[ \n ]\n')).trim()).toBe('');
});

test.each([
  ['[{"a":1}', 'is cut off: its ] is missing (byte 8)'],
  ['[{"a":1},{"b":"', 'is cut off: its ] is missing (byte 15)'],
  ['[{"a":1},]', 'has a comma that no element follows (byte 9)'],
  ['[{"a":1},,{}]', 'has a comma that follows no element (byte 9)'],
  ['[,{}]', 'has a comma that follows no element (byte 1)'],
  ['[{}] [{}]', 'has ended, but there is more (byte 5)'],
  ['[]]', 'has ended, but there is more (byte 2)'],
])('%s is refused', async (text, why) => {
  for (const chunkBytes of [1, 3, 100]) {
    expect(await refusal(lines(text, chunkBytes))).toBe(`file: the JSON array ${why}`);
  }
});
