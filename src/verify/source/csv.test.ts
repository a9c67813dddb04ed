import { expect, test } from 'vitest';
import { converted, refusal } from './converting.fixture.ts';
import { csvLines } from './csv.ts';
import { delimiterOf, isHeader } from './csv-header.ts';
import { MAX_LINE_BYTES } from './source.ts';

const read = (text: string | Uint8Array, { delimiter = ',', chunkBytes = 65_536 } = {}) =>
  converted((name, chunks) => csvLines(name, chunks, delimiter), text, { chunkBytes });

test('each row is an object of its columns, and digits survive', async () => {
  expect(await read('id,amount\n1,12345678901234567890.10\n2,0.10\n')).toBe(
    '{"id":"1","amount":"12345678901234567890.10"}\n{"id":"2","amount":"0.10"}\n',
  );
});

test('quotes hold delimiters, quotes and line feeds; an empty cell is null', async () => {
  const text = 'id,note,more\r\n"a","one, ""two""\r\nthree",\r\n\r\nb,"",é';
  const rows = [
    { id: 'a', note: 'one, "two"\r\nthree', more: null },
    { id: 'b', note: null, more: 'é' },
  ];
  for (const chunkBytes of [1, 2, 7, 1000]) {
    const lines = (await read(text, { chunkBytes })).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(rows);
  }
});

test('a byte order mark, as Excel writes it, is no part of the first name', async () => {
  expect(await read('\ufeff id ;n\n1;2\n', { delimiter: ';' })).toBe('{"id":"1","n":"2"}\n');
});

test('a header without rows is an empty log', async () => {
  expect(await read('id,amount\n')).toBe('');
});

test('many rows come through whole', async () => {
  const numbers = Array.from({ length: 5001 }, (_, index) => `${index}`);
  const lines = (await read(`n\n${numbers.join('\n')}\n`)).trimEnd().split('\n');
  expect(lines).toEqual(numbers.map((number) => `{"n":"${number}"}`));
});

test.each([
  ['a,b\n1,2\n3\n', 'line 3: 1 cells, which is not the number of columns'],
  ['a,b\n1,2,3\n', 'line 2: 3 cells, which is not the number of columns'],
  ['a,b\n"1\n\n",2\n3,4,5\n', 'line 5: 3 cells, which is not the number of columns'],
  ['a,a\n1,2\n', 'line 1: two columns are called "a"'],
  ['a,,b\n1,2,3\n', 'line 1: column 2 has no name'],
  ['a,b\n1,"2\n3,4\n', 'line 3: a quote was opened before and is never closed'],
  ['a,b\n1,x"2"\n', 'line 2: a quote inside a cell that does not begin with one'],
  ['a,b\n1,"2"x\n', 'line 2: text behind the closing quote of a cell'],
])('%j is refused at its line', async (text, why) => {
  expect(await refusal(read(text))).toBe(`file, ${why}`);
});

test('a row past the limit is refused', async () => {
  const row = `a\n${'x'.repeat(MAX_LINE_BYTES + 2)}\n`;
  expect(await refusal(read(row))).toBe(`file, line 2: a row longer than ${MAX_LINE_BYTES} bytes`);
});

test('what is no UTF-8 is refused at its byte', async () => {
  for (const chunkBytes of [1, 2, 3, 100]) {
    const latin1 = read(Buffer.from('a\n\xfcber\n', 'latin1'), { chunkBytes });
    expect(await refusal(latin1)).toBe('file is not utf-8 (byte 2)');
    const mixed = Buffer.concat([Buffer.from('a\né€\n'), Buffer.of(0xe2, 0x82, 0x41)]);
    expect(await refusal(read(mixed, { chunkBytes }))).toBe('file is not utf-8 (byte 10)');
  }
  const cut = Buffer.from('a\n€').subarray(0, -1);
  expect(await refusal(read(cut))).toBe('file is not utf-8 (byte 4)');
});

test.each([
  ['a,b;c,d', ','],
  ['Datum;Betrag, netto;Konto', ';'],
  ['a\tb', '\t'],
  ['a|b|c', '|'],
  ['"a;b;c",d', ','],
  ['alone', ','],
])('the delimiter of %j is %j', (header, delimiter) => {
  expect(delimiterOf(header)).toBe(delimiter);
});

test.each(['id,amount', 'Buchungstag;Betrag (€);Saldo', '"id","tx_id"', 'a\tb'])(
  '%j is a header',
  (line) => expect(isHeader(line)).toBe(true),
);

test.each([
  'alone',
  'Dear customer,',
  'a,a',
  '1,2',
  'd":"e","source":"f"}',
  '\0\0,\0',
  '{"a":1,"b":2}',
])('%j is none', (line) => expect(isHeader(line)).toBe(false));
