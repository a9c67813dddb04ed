import { describe, expect, test } from 'vitest';
import { parseJsonText, writeJson } from '../../kernel/json-text.ts';
import type { LogConfig } from '../../model/verify-config.ts';
import type { EventFact } from '../facts.ts';
import { foundIn, mapsOf, verifyMapped } from '../testing/verify-mapped.ts';
import { mergedLog } from './log-config.ts';
import { readingOf } from './reading-of.ts';

function read(log: LogConfig, record: object | string): EventFact {
  const { reading } = readingOf({ name: 'topic', files: 'f' }, mapsOf({ log }));
  const text = typeof record === 'string' ? record : JSON.stringify(record);
  const of = {
    name: 'topic',
    index: 0,
    profile: reading.profile,
    amongOthers: false,
    inParts: false,
    parts: [],
  };
  return reading.readEvent(parseJsonText(text), of, 7);
}

describe('an envelope', () => {
  test('is read from where the configuration says', () => {
    const log: LogConfig = {
      envelope: {
        type: 'h.t',
        id: { join: ['a', 'b'] },
        source: 's',
        stream: { first: ['x', 'y'] },
        revision: 'v',
        position: ['p', 'o'],
        time: { path: 'ts', as: 'epoch-us' },
        recorded: 'rec',
        cause: 'c',
        correlation: "m['$correlationId']",
        key: 'k',
        data: 'd',
      },
    };
    const record = `{"h":{"t":5},"a":1,"b":2,"s":"src","y":"st","v":12345678901234567890,"p":3,
      "o":"90071992547409931","ts":1600000000000001,"rec":"2027-01-01 10:00:00+00","c":"x","m":{"$correlationId":"y"},"k":"z","d":{"e":1}}`;
    expect(read(log, record)).toMatchObject({
      at: { position: '3/90071992547409931', line: 7 },
      type: '5',
      id: '1/2',
      source: 'src',
      stream: 'st',
      revision: '12345678901234567890',
      partition: '3',
      globalPosition: '90071992547409931',
      time: '2020-09-13T12:26:40.000001Z',
      recordedTime: '2027-01-01T10:00:00+00:00',
      causationId: 'x',
      correlationId: 'y',
      idempotencyKey: 'z',
      data: { kind: 'object' },
    });
  });

  test('names the log where it names no source, and the line where it has no position', () => {
    expect(read({ envelope: { id: 'id' } }, { id: 'x' })).toMatchObject({
      source: 'topic',
      at: { position: 'line:7' },
      type: undefined,
    });
  });

  test.each([
    ['epoch-s', '1600000000.25', '2020-09-13T12:26:40.250Z'],
    ['epoch-s', '-1', '1969-12-31T23:59:59.000Z'],
    ['epoch-ms', '"1600000000001"', '2020-09-13T12:26:40.001Z'],
    ['date', '"2027-02-28"', '2027-02-28T00:00:00Z'],
    ['date', '"2027-02-30"', '2027-02-30'],
    ['rfc3339', '"2027-01-01T10:00:00.5+02"', '2027-01-01T10:00:00.5+02:00'],
    ['rfc3339', '"soon"', 'soon'],
    ['epoch-s', '99999999999999999', '99999999999999999'],
  ] as const)('reads %s %s as %s', (as, text, time) => {
    const log = { envelope: { time: { path: 't', as } } };
    expect(read(log, `{"t":${text}}`).time).toBe(time);
  });
});

describe('decode', () => {
  const decoded = (decode: NonNullable<LogConfig['decode']>, record: string): string =>
    writeJson(read({ envelope: {}, decode }, record).node);

  test.each<[NonNullable<LogConfig['decode']>, string, string]>([
    [{ p: 'json' }, '{"p":"{\\"a\\":1.50}"}', '{"p":{"a":1.50}}'],
    [{ p: 'json' }, '{"p":"\\"{\\\\\\"a\\\\\\":1}\\""}', '{"p":{"a":1}}'],
    [{ p: 'json' }, '{"p":"no JSON"}', '{"p":"no JSON"}'],
    [{ p: 'json' }, '{"p":{"a":1}}', '{"p":{"a":1}}'],
    [{ p: 'json', 'p.q': 'json' }, '{"p":"{\\"q\\":\\"[1]\\"}"}', '{"p":{"q":[1]}}'],
    [{ 'a[-1]': 'json' }, '{"a":["1","2"]}', '{"a":["1",2]}'],
    [{ h: 'pairs' }, '{"h":["a","1","b",null,"a","2"]}', '{"h":{"a":"2","b":null}}'],
    [{ h: 'pairs' }, '{"h":[1,"x"]}', '{"h":[1,"x"]}'],
    [{ h: 'pairs' }, '{"x":1}', '{"x":1}'],
  ])('%j of %s', (decode, record, expected) => {
    expect(decoded(decode, record)).toBe(expected);
  });
});

test('what is said later of a log wins, key by key, and cloudevents takes envelopes back', () => {
  const first: LogConfig = {
    envelope: { id: 'a', type: 't' },
    order: 'none',
    decode: { p: 'json' },
  };
  const second: LogConfig = { envelope: { id: 'b' }, starts: 'middle' };
  expect(mergedLog([first, undefined, second])).toEqual({
    envelope: { id: 'b', type: 't' },
    order: 'none',
    decode: { p: 'json' },
    starts: 'middle',
  });
  expect(mergedLog([first, 'cloudevents', { starts: 'middle' }])).toEqual({
    order: 'none',
    starts: 'middle',
  });
});

describe('two deliveries of one event', () => {
  const judge = async (
    envelope: NonNullable<LogConfig['envelope']>,
    records: readonly object[],
  ) => {
    const log: LogConfig = {
      envelope,
      duplicates: 'identical',
      order: 'increasing',
      revisions: 'none',
    };
    return foundIn(await verifyMapped({ log }, { topic: records }));
  };
  const records = [
    { id: 'x', at: 1, ts: '2027-01-01T00:00:00Z', broker: 1, body: { a: 1 } },
    { id: 'x', at: 2, ts: '2027-01-01T00:00:01Z', broker: 1, body: { a: 1 } },
  ];
  const envelope = { id: 'id', position: 'at', time: 'ts' };

  test('are alike but for where and when they came', async () => {
    expect(await judge(envelope, records)).toEqual([]);
    expect(await judge({ id: 'id', position: 'at' }, records)).toHaveLength(1);
  });

  test('are alike by their body alone, where it is named', async () => {
    const moved = records.map((record, broker) => ({ ...record, broker }));
    expect(await judge(envelope, moved)).toEqual([
      'log/id-reuse at 2: the same source and id, another body',
    ]);
    expect(await judge({ ...envelope, body: 'body' }, moved)).toEqual([]);
  });
});
