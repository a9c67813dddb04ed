import { expect, test } from 'vitest';
import { parseJsonText } from '../kernel/json-text.ts';
import {
  canonicalEvent,
  type CloudEventReading,
  EVENT_LIMITS,
  isStreamName,
  readCloudEvent,
} from './event.ts';

const minimal = { specversion: '1.0', id: '1', source: '/bank', type: 'opened' };

function read(event: unknown): CloudEventReading {
  return readCloudEvent(parseJsonText(JSON.stringify(event)));
}

function violationsOf(change: object): string[] {
  const reading = read({ ...minimal, ...change });
  return reading.ok ? [] : reading.violations;
}

test('the four required attributes make an event', () => {
  expect(read(minimal)).toEqual({
    ok: true,
    attributes: { id: '1', source: '/bank', type: 'opened', subject: undefined, time: undefined },
  });
});

test.each(['id', 'source', 'type', 'specversion'])('without %s it is none', (name) => {
  for (const value of [undefined, null, '', 7]) {
    expect(violationsOf({ [name]: value })).toContain(`"${name}" must be a non-empty string`);
  }
});

test('every broken rule is told at once', () => {
  const reading = read({ specversion: '0.3', id: 1, source: 'a b', type: 't', time: 'now' });
  expect(reading).toMatchObject({ ok: false, violations: { length: 4 } });
});

test.each([
  { time: '2027-02-30T00:00:00Z' },
  { time: '2016-12-31' },
  { time: '2027-01-01T24:00:00Z' },
  { time: '2027-01-01T00:00Z' },
  { subject: '' },
  { source: 'has space' },
  { datacontenttype: 'json' },
  { dataschema: 'relative' },
  { data_base64: '%%' },
  { data_base64: 'A' },
  { data_base64: 'AA' },
  { data_base64: 'AB==' },
  { extension: 2_147_483_648 },
  { extension: -2_147_483_649 },
  { data: 1, data_base64: 'AA==' },
  { CamelCase: 'x' },
  { extension: { nested: true } },
  { extension: 1.5 },
  { id: 'nul\u0000' },
  { id: 'lone \ud800' },
  { source: '/bank\ufffe' },
  { extension: 'bell\u0007' },
])('%j breaks a rule', (change) => {
  expect(violationsOf(change)).toHaveLength(1);
});

test.each([
  { time: '2027-01-01T00:00:00+02:00' },
  { time: '2016-12-31T23:59:60Z' },
  { data: { any: [1.5, null] } },
  { extension: 2_147_483_647, other: -2_147_483_648 },
  { data: null, data_base64: 'AA==' },
  { extension: true, other: 12, third: 'x' },
  { time: null, subject: null, dataschema: null },
  { id: 'emoji 😀' },
])('%j is fine', (change) => {
  expect(violationsOf(change)).toEqual([]);
});

test('an integer beyond 2^53 is refused by its digits', () => {
  const text = JSON.stringify(minimal).replace('}', ',"ext":99999999999999999999}');
  expect(readCloudEvent(parseJsonText(text))).toMatchObject({ ok: false });
});

test('only an object is an event', () => {
  expect(read([minimal])).toEqual({ ok: false, violations: ['an event must be a JSON object'] });
});

test('events are the same by value, whatever the store added, but not with other digits', () => {
  const canonical = (text: string) => canonicalEvent(parseJsonText(text));
  const sent = canonical('{"id":"1","data":{"amount":1.0}}');
  expect(canonical('{"data": {"amount":1.0}, "id":"\\u0031", "globalposition":"9"}')).toBe(sent);
  expect(canonical('{"id":"1","data":{"amount":1}}')).not.toBe(sent);
});

test('a stream name has 1 to 256 bytes and no control characters', () => {
  const { streamNameBytes } = EVENT_LIMITS;
  const names = [
    'a',
    'account-1/é 😀',
    'x'.repeat(streamNameBytes),
    'é'.repeat(streamNameBytes / 2),
    '...',
    '.a',
  ];
  expect(names.filter((name) => !isStreamName(name))).toEqual([]);
  const bad = [
    '',
    '.',
    '..',
    'a\nb',
    '\u007f',
    '\ud800',
    'x'.repeat(streamNameBytes + 1),
    'é'.repeat(129),
  ];
  expect(bad.filter(isStreamName)).toEqual([]);
});
