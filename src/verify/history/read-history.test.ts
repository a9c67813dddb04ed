import { describe, expect, test } from 'vitest';
import { EdnForms } from './edn-forms.ts';
import { parseEdn } from './edn-text.ts';
import { chunksOf, historyOf } from './history.fixture.ts';
import { JsonLines } from './json-lines.ts';
import { plainJson } from '../report/plain-json.ts';
import { readHistory } from './read-history.ts';

const edn = (text: string): string =>
  JSON.stringify(parseEdn(text, { line: 1, column: 1 }).map(plainJson));

describe('EDN', () => {
  test.each([
    ['nil true false', '[null,true,false]'],
    ['0 -1 +2 3N 9007199254740993', '[0,-1,2,3,9007199254740993]'],
    ['1.50M 1e3 1. -0.5E-2', '[1.50,1e3,1,-0.5E-2]'],
    [':a :b/c sym / -', '["a","b/c","sym","/","-"]'],
    ['1/2 ##Inf', '["1/2","##Inf"]'],
    [String.raw`"a\n\t\"\\é\u00e9"`, String.raw`["a\n\t\"\\éé"]`],
    [String.raw`\a \newline \space \u00e9 \( \\`, String.raw`["a","\n"," ","é","(","\\"]`],
    ['[1, 2] (3 4) #{2 1} []', '[[1,2],[3,4],[1,2],[]]'],
    ['{:a 1, "b" {} 3 nil [1 :x] 2}', '[{"3":null,"a":1,"b":{},"[\\"1\\",\\"x\\"]":2}]'],
    ['#inst "2027-01-01" #a.b/C{:x 1} #_ ignored [1 #_2 3]', '["2027-01-01",{"x":1},[1,3]]'],
    ['; a comment\n1 ;another', '[1]'],
    ['', '[]'],
  ])('%s is %s', (text, json) => {
    expect(edn(text)).toBe(json);
  });

  test.each([
    ['[1 2', 'line 1, column 5: unexpected end'],
    ['{:a}', 'line 1, column 1: a key without a value'],
    ['{:a 1 :a 2}', 'line 1, column 1: key "a" appears twice'],
    ['"a', 'line 1, column 3: unexpected end'],
    [String.raw`"\q"`, 'line 1, column 3: bad escape in the string'],
    [']', 'line 1, column 1: unexpected "]"'],
    ['[1}', 'line 1, column 3: unexpected "}"'],
    ['\n\n  [1a]', 'line 3, column 4: 1a is no number'],
    ['#tag', 'line 1, column 5: unexpected end'],
    ['['.repeat(200), 'line 1, column 130: nested more than 128 levels'],
  ])('%s is refused', (text, message) => {
    expect(() => edn(text)).toThrow(message);
  });
});

const OPERATION = '{:process 0, :type :invoke, :f :read, :value nil}';
const lines = async (text: string) =>
  (await historyOf(text)).operations.map(({ call }) => call.at.line);

describe('a history', () => {
  test.each([
    ['one form a line', `${OPERATION}\n{:process 1 :type :invoke :f :read}\n`, [1, 2]],
    [
      'forms over several lines',
      `{:process 0\n :type :invoke ; "\n :f :read}\n\n${OPERATION.replace('0', '1')}`,
      [1, 5],
    ],
    [
      'one vector',
      `; by hand\n[${OPERATION}\n {:process 1 :type :invoke :f :w :value "]}"}] ; end`,
      [2, 3],
    ],
    ['one list', `(${OPERATION}\n)`, [1]],
    [
      'tagged records',
      `#jepsen.history.Op{:process 0, :type :invoke, :f :read, :value ["}" \\}]}`,
      [1],
    ],
    ['discarded forms', `#_{:process 0}\n${OPERATION}\n#_ {:a 1}`, [2]],
    ['names as strings', '{"process" 0 "type" "invoke" "f" "read"}', [1]],
    [
      'JSON lines',
      '{"process":0,"type":"invoke","f":"read"}\r\n\n{"process":1,"type":"invoke","f":"read"}',
      [1, 3],
    ],
    ['a byte order mark', `\ufeff${OPERATION}`, [1]],
    ['nothing', '', []],
    ['blank lines', ' \n\n', []],
  ])('may be %s', async (_, text, expected) => {
    expect(await lines(text)).toEqual(expected);
  });

  test('is the same however its bytes are cut', async () => {
    const text = `[${OPERATION}\n{:process "é" :type :invoke :f :w :value "\\"é"}]`;
    const whole = (await readHistory('h', chunksOf(text, 10_000))).operations;
    for (let size = 1; size < 12; size++) {
      expect((await readHistory('h', chunksOf(text, size))).operations).toEqual(whole);
    }
  });

  test('leaves a nemesis aside, and joins each end with its beginning', async () => {
    const { operations, records } = await historyOf(`
{:process :nemesis :type :info :f :start :value nil}
{:process 0 :type :invoke :f :write :value 1}
{:process 1 :type :invoke :f :write :value 2}
{:process 2 :type :invoke :f :write :value 3}
{:process 3 :type :invoke :f :write :value 4}
{:process 1 :type :fail :f :write :value 2}
{:process 0 :type :ok :f :write :value 1}
{:process 2 :type :info :f :write :value 3}
{:process 0 :type :invoke :f :read :value nil}
{:process 0 :type :ok :f :read :value 1}`);
    expect(records).toBe(9);
    expect(operations.map(({ call, end }) => [call.at.line, end?.at.line])).toEqual([
      [3, 8],
      [5, undefined],
      [6, undefined],
      [10, 11],
    ]);
  });

  const invoke = (process: number) => `{:process ${process} :type :invoke :f :read}\n`;
  test.each([
    ['5', 'line 1: an operation is a map, such as {:process 0 …}'],
    ['{:type :invoke :f :read}', 'line 1: `process` is missing, or neither number nor name'],
    [
      '{:process 0 :type :begin :f :read}',
      'line 1: `type` is "begin", not one of invoke, ok, fail, info',
    ],
    ['{:process 0 :f :read}', 'line 1: `type` is missing, not one of invoke, ok, fail, info'],
    ['{:process 0 :type :invoke}', 'line 1: `f`, what was called, is missing'],
    [invoke(0) + invoke(0), 'line 2: process 0 calls again, and its call of line 1 has not ended'],
    ['{:process 0 :type :ok :f :read}', 'line 1: process 0 ends a call (ok) that it did not begin'],
    [
      `${invoke(0)}{:process 0 :type :ok :f :write}`,
      'line 2: the call of line 1 is "read", and ends as "write"',
    ],
    [
      `${invoke(0)}{:process 0 :type :ok :f :read :key 1}`,
      'line 2: the call of line 1 ends with another key',
    ],
    ['{:process 0', 'line 1, column 1: the text ends inside of a form'],
    [
      `[${OPERATION}] 5`,
      `line 1, column ${OPERATION.length + 4}: something stands behind the vector of operations`,
    ],
    [`${OPERATION} }`, `line 1, column ${OPERATION.length + 2}: unexpected "}"`],
    ['{"process":0,"type":"invoke","f":"read"}\n{"process":1', 'line 2, column 13: unexpected end'],
    ['[{"process": 0}]', 'line 1, column 12: a ":" with no name behind it'],
  ])('%j is refused with its place', async (text, message) => {
    await expect(historyOf(text)).rejects.toMatchObject({
      code: 'VERIFY_SOURCE',
      message: expect.stringContaining(`history.edn, ${message}`),
    });
  });

  test('is UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from(`${OPERATION}\n`), Buffer.from([0xff, 0xfe])]);
    await expect(historyOf(bytes)).rejects.toThrow('in or behind line 1: the bytes are not UTF-8');
  });

  test('has limits: of its records, and of one form', async () => {
    const text = OPERATION + OPERATION.replace('0', '1');
    await expect(readHistory('h', chunksOf(text), { maxRecords: 1 })).rejects.toThrow(
      'more than 1 records',
    );
    expect(() => [...new EdnForms(10).push('[1 2 3 [4 5 6 7 8 9]')]).toThrow(
      'more than 10 characters',
    );
    expect(() => [...new JsonLines(10).push('{"a":12345678')]).toThrow('more than 10 characters');
  });
});
