import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { statementLines } from './camt.ts';
import { converted, refusal } from './converting.fixture.ts';
import { MAX_LINE_BYTES } from './source.ts';

const read = async (xml: string | Uint8Array, chunkBytes = 65_536) => {
  const text = await converted(statementLines, xml, { chunkBytes });
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
};

const balance = (type: string, amount: string, direction = 'CRDT') =>
  `<Bal><Tp><CdOrPrtry><Cd>${type}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">${amount}</Amt>
   <CdtDbtInd>${direction}</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>`;
const entry = (amount: string, direction: string, more = '') =>
  `<Ntry><NtryRef>ref</NtryRef><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>${direction}</CdtDbtInd>
   <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt>${more}</Ntry>`;
const statement = (inside: string, id = 's1') =>
  `<Stmt><Id>${id}</Id><Acct><Id><IBAN>DE02</IBAN></Id><Ccy>EUR</Ccy></Acct>${inside}</Stmt>`;
const document = (inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>m1</MsgId></GrpHdr>${inside}</BkToCstmrStmt></Document>\n`;

const MARCH = document(
  statement(
    balance('OPBD', '100.00') +
      balance('CLBD', '12.30', 'DBIT') +
      '<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries>' +
      '<TtlCdtNtries><Sum>1.5</Sum></TtlCdtNtries><TtlDbtNtries><Sum>113.80</Sum></TtlDbtNtries></TxsSummry>' +
      entry('113.80', 'DBIT', '<ValDt><DtTm>2026-03-03T10:00:00Z</DtTm></ValDt>') +
      entry(
        '1.5',
        'CRDT',
        '<NtryDtls><TxDtls><Refs><EndToEndId>e&amp;e</EndToEndId></Refs></TxDtls></NtryDtls>',
      ),
  ),
);

test('a statement is a record with its balances and totals, each entry one with its sign', async () => {
  const [head, first, second] = await read(MARCH);
  expect(head).toMatchObject({
    record: 'statement',
    message: 'm1',
    statement: 's1',
    account: 'DE02',
    currency: 'EUR',
    opening: { amount: '100.00', signed: '100.00', currency: 'EUR', date: '2026-03-02' },
    closing: { amount: '12.30', signed: '-12.30', direction: 'DBIT' },
    entries: '2',
    credits: '1.5',
    debits: '113.80',
  });
  const shared = { record: 'entry', message: 'm1', statement: 's1', account: 'DE02' };
  const booked = { currency: 'EUR', status: 'BOOK', bookedOn: '2026-03-02', reference: 'ref' };
  expect(first).toMatchObject({
    ...shared,
    ...booked,
    number: 1,
    amount: '113.80',
    signed: '-113.80',
    valueOn: '2026-03-03T10:00:00Z',
  });
  expect(second).toMatchObject({ ...shared, ...booked, number: 2, signed: '1.5' });
});

test('all the rest is there under its own names: attributes as members, what may repeat as a list', async () => {
  const [head, , second] = await read(MARCH);
  expect(second).toMatchObject({
    Ntry: {
      Amt: { Ccy: 'EUR', value: '1.5' },
      NtryDtls: [{ TxDtls: [{ Refs: { EndToEndId: 'e&e' } }] }],
    },
  });
  expect(head).toMatchObject({ Stmt: { Acct: { Id: { IBAN: 'DE02' } }, Bal: [{}, {}] } });
  expect(head).not.toHaveProperty('Stmt.Ntry');
});

test('the records are those that docs/sources.md shows', async () => {
  const docs = readFileSync('docs/sources.md', 'utf8');
  const shown = [...docs.matchAll(/^```json\n(.*?)^```/gms)].map(
    ([, text = '']) => JSON.parse(text) as object,
  );
  const wrap = (name: string, text: string) => `<${name}>${text}</${name}>`;
  const xml = document(
    wrap(
      'Stmt',
      wrap('Id', 'STMT-2026-03') +
        wrap('Acct', wrap('Id', wrap('IBAN', 'DE02120300000000202051')) + wrap('Ccy', 'EUR')) +
        balance('OPBD', '100.00').replace('2026-03-02', '2026-03-01') +
        balance('CLBD', '12.30', 'DBIT').replace('2026-03-02', '2026-03-31') +
        wrap(
          'TxsSummry',
          wrap('TtlNtries', wrap('NbOfNtries', '2')) +
            wrap('TtlCdtNtries', wrap('Sum', '1.50')) +
            wrap('TtlDbtNtries', wrap('Sum', '113.80')),
        ) +
        entry(
          '113.80',
          'DBIT',
          wrap('ValDt', wrap('Dt', '2026-03-03')) +
            wrap('AcctSvcrRef', 'B-77') +
            wrap('NtryDtls', wrap('TxDtls', wrap('Refs', wrap('EndToEndId', 'E2E-1')))),
        ).replace('>ref<', '>E-1<'),
    ),
  ).replace('>m1<', '>MSG-1<');
  const made = await read(xml);
  expect([made.length, shown.length]).toEqual([2, 2]);
  // The rest of the statement is shown in part.
  expect(made[0]).toEqual({ ...shown[0], Stmt: expect.anything() });
  expect(made[1]).toMatchObject(shown[1] ?? {});
  expect(Object.keys(made[1] ?? {}).sort()).toEqual(Object.keys(shown[1] ?? {}).sort());
});

test('prefixes, older statuses, several statements and none of their entries make no difference', async () => {
  const old = entry('5', 'CRDT').replace('<Sts><Cd>BOOK</Cd></Sts>', '<Sts>PDNG</Sts>');
  const two = document(statement(old, 'a') + statement(balance('PRCD', '1.00'), 'b'));
  const prefixed = two.replaceAll(/<(\/?)(?=[A-Z])/g, '<$1c:').replace('xmlns=', 'xmlns:c=');
  const records = [
    { record: 'statement', statement: 'a' },
    { record: 'entry', statement: 'a', number: 1, status: 'PDNG' },
    { record: 'statement', statement: 'b', opening: { signed: '1.00' } },
  ];
  expect(await read(two)).toMatchObject(records);
  expect(await read(prefixed)).toEqual(await read(two));
});

test('how it is cut into chunks changes nothing', async () => {
  const whole = await read(MARCH);
  for (const chunkBytes of [1, 2, 7, 50]) expect(await read(MARCH, chunkBytes)).toEqual(whole);
});

test('pages of a statement open and close with interim balances; a number stands for an IBAN', async () => {
  const page = statement(balance('ITBD', '1.00') + balance('ITBD', '2.00')).replace(
    '<IBAN>DE02</IBAN>',
    '<Othr><Id>4711</Id></Othr>',
  );
  expect(await read(document(page))).toMatchObject([
    { account: '4711', opening: { amount: '1.00' }, closing: { amount: '2.00' } },
  ]);
});

test('an encoding that the file declares is read', async () => {
  const latin1 = Buffer.from(
    MARCH.replace('UTF-8', 'ISO-8859-1').replace('>ref<', '>\u00fcber<'),
    'latin1',
  );
  for (const chunkBytes of [1, 1000]) {
    expect((await read(latin1, chunkBytes))[1]).toMatchObject({ reference: '\u00fcber' });
  }
});

test('names that JavaScript knows are names like others', async () => {
  const odd = entry('1', 'CRDT', '<__proto__><x>1</x></__proto__><constructor>2</constructor>');
  const text = await converted(statementLines, document(statement(odd)), { chunkBytes: 100 });
  expect(text).toContain('"__proto__":{"x":"1"},"constructor":"2"');
});

const bomb = `<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>`;

test.each<[string, string, string]>([
  ['an entity bomb', MARCH.replace('<Document', `${bomb}<Document`), 'line 2: a document type'],
  [
    'an external entity',
    MARCH.replace('<Document', '<!DOCTYPE d SYSTEM "file:///etc/passwd"><Document'),
    'line 2: a document type',
  ],
  ['an entity nobody declared', MARCH.replace('>ref<', '>&b;<'), 'line 5: undefined entity.'],
  ['a cut file', MARCH.slice(0, -60), 'line 7: unclosed tag: TxDtls'],
  ['a tag that closes another', MARCH.replace('</Sts>', '</Stz>'), 'line 6: unexpected close tag.'],
  ['an encoding nobody knows', MARCH.replace('UTF-8', 'KLINGON'), ' is written in KLINGON'],
  ['another document', '<html><body/></html>', ' holds no statement (Stmt) of camt.053'],
  ['nothing in it', '<a></a>', ' holds no statement'],
  [
    'a balance behind an entry',
    document(statement(entry('1', 'CRDT') + balance('CLBD', '1'))),
    ' has a Bal behind an entry of its statement',
  ],
  ['tags without end', `<a>${'<b>'.repeat(128)}`, 'line 1: nested more than 128 levels'],
])('%s is refused', async (_, xml, why) => {
  expect((await refusal(read(xml))).replace(/^file,? ?/, '').trim()).toContain(why.trim());
});

test('what is no UTF-8 is refused at its byte', async () => {
  const bytes = Buffer.from(MARCH);
  bytes[MARCH.indexOf('>ref<') + 1] = 0xff;
  expect(await refusal(read(bytes))).toBe(`file is not utf-8 (byte ${MARCH.indexOf('>ref<') + 1})`);
});

test.each<[string, (text: string) => string]>([
  ['text', (text) => document(statement(entry('1', 'CRDT', text)))],
  ['comment', (text) => document(statement(`<!--${text}-->`))],
  ['document type', (text) => `<!DOCTYPE a ${text}>`],
])('a %s without end is not kept for ever', async (_, xml) => {
  const text = xml('x'.repeat(MAX_LINE_BYTES + 65_536 * 2));
  expect(await refusal(read(text))).toContain(`more than ${MAX_LINE_BYTES} letters and no tag`);
});

test('an entry of small parts without end is not kept for ever', async () => {
  const parts = '<Part>12</Part>'.repeat(MAX_LINE_BYTES / 6 + 1);
  const xml = document(statement(entry('1', 'CRDT', parts)));
  expect(await refusal(read(xml))).toContain(`an entry of more than ${MAX_LINE_BYTES} letters`);
});
