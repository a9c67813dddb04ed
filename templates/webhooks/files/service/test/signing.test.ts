import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { MasterKey, readMasterKey } from '../src/signing/master-key.ts';
import { parseSecret, secretText } from '../src/signing/secret-text.ts';
import { isSignedBy, signatureHeader } from '../src/signing/signature.ts';

const KEY = Buffer.from('0123456789abcdef0123456789abcdef');
const OTHER = Buffer.alloc(32, 7);
const CAPTURED = {
  id: 'msg_7',
  timestampS: 1_798_761_600,
  body: '{"type":"payments.captured","timestamp":"2027-01-01T00:00:00.000Z","data":{"paymentId":"p1","amount":1050}}',
};

describe('a signature', () => {
  // Computed by openssl dgst -sha256 -mac HMAC -macopt hexkey:…
  it('is what openssl makes of id, time and body', () => {
    const signature = 'v1,HmyqYomYvzxcIECyuxPKFcj1oImpaK0VSShyB4HbZ6E=';
    assert.equal(signatureHeader(CAPTURED, [KEY]), signature);
  });

  it('covers a body beyond ASCII by its UTF-8 bytes', () => {
    const body = '{"name":"Zoë € 🏦"}';
    const message = { id: 'msg_8', timestampS: 1_798_761_601, body };
    const signature = 'v1,faPY0k5irePye1wlzI84aecz1wnnLsnqG72le9+b4Bk=';
    assert.equal(signatureHeader(message, [KEY]), signature);
    assert.equal(signatureHeader({ ...message, body: Buffer.from(body) }, [KEY]), signature);
  });

  it('fits nothing that differs in one place', () => {
    const header = signatureHeader(CAPTURED, [KEY]);
    assert.equal(isSignedBy(header, CAPTURED, [KEY]), true);
    const others = [
      { ...CAPTURED, id: 'msg_70' },
      { ...CAPTURED, timestampS: CAPTURED.timestampS + 1 },
      { ...CAPTURED, body: CAPTURED.body.replace('1050', '1051') },
    ];
    for (const other of others) assert.equal(isSignedBy(header, other, [KEY]), false);
    assert.equal(isSignedBy(header, CAPTURED, [OTHER]), false);
    assert.equal(isSignedBy(header, CAPTURED, []), false);
  });

  it('is one of several while a secret is being replaced, and any of them is enough', () => {
    const header = signatureHeader(CAPTURED, [OTHER, KEY]);
    assert.equal(header.split(' ').length, 2);
    for (const key of [KEY, OTHER]) assert.equal(isSignedBy(header, CAPTURED, [key]), true);
    assert.equal(isSignedBy(signatureHeader(CAPTURED, [KEY]), CAPTURED, [OTHER, KEY]), true);
  });

  it('stands among signatures of other kinds, which are passed over', () => {
    const header = signatureHeader(CAPTURED, [KEY]);
    assert.equal(isSignedBy(`v1a,AAAA v2,${header.slice(3)} ${header}`, CAPTURED, [KEY]), true);
    for (const wrong of [header.slice(3), `v1a,${header.slice(3)}`, header.slice(0, -1), 'v1,']) {
      assert.equal(isSignedBy(wrong, CAPTURED, [KEY]), false, wrong);
    }
  });
});

describe('a secret as people see it', () => {
  it('is whsec_ and base64, and comes back the same', () => {
    assert.equal(secretText(KEY), 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=');
    assert.deepEqual(parseSecret(secretText(KEY)), KEY);
  });

  it('has 24 to 64 bytes', () => {
    const lengths = [23, 24, 64, 65].filter((bytes) => {
      return parseSecret(secretText(Buffer.alloc(bytes, 1))) !== undefined;
    });
    assert.deepEqual(lengths, [24, 64]);
  });

  it('is nothing else: no prefix, other letters, padding left out', () => {
    const text = secretText(KEY);
    for (const wrong of [text.slice(6), `${text}\n`, text.slice(0, -1), text.replace('M', '-')]) {
      assert.equal(parseSecret(wrong), undefined, wrong);
    }
  });
});

describe('the master key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'master-key-'));
  after(() => rmSync(folder, { recursive: true }));

  // Computed by openssl kdf -kdfopt digest:SHA256 -kdfopt info:… HKDF
  it('gives the secrets that HKDF-SHA256 of openssl gives', () => {
    const master = new MasterKey(KEY);
    const secret = 'Kue7x242Hi6SD6Jz8LaVL0T6gthTRCi4zXH4sZFp4zg=';
    assert.equal(master.secret('endpoint/e1', 1).toString('base64'), secret);
    assert.equal(master.id, 'b6c461827d0fd00e');
  });

  it('gives another secret to each owner, version and master key', () => {
    const [one, two] = [new MasterKey(KEY), new MasterKey(OTHER)];
    const secrets = [
      one.secret('endpoint/e1', 1),
      one.secret('endpoint/e1', 2),
      one.secret('endpoint/e2', 1),
      one.secret('source/e1', 1),
      two.secret('endpoint/e1', 1),
    ];
    assert.equal(new Set(secrets.map((secret) => secret.toString('hex'))).size, secrets.length);
    assert.notEqual(one.id, two.id);
  });

  it('is made once where none is given, for nobody else to read', () => {
    const made = readMasterKey({}, join(folder, 'made'));
    assert.equal(readMasterKey({}, join(folder, 'made')).id, made.id);
    assert.equal(statSync(join(folder, 'made', 'master.key')).mode & 0o777, 0o600);
    assert.notEqual(readMasterKey({}, join(folder, 'other')).id, made.id);
  });

  it('of the environment comes before the one of the data folder', () => {
    const given = { WEBHOOKS_MASTER_KEY: KEY.toString('base64') };
    assert.equal(readMasterKey(given, join(folder, 'made')).id, new MasterKey(KEY).id);
  });

  it('is refused when too short or no base64, by a text that does not tell it', () => {
    const short = Buffer.alloc(31, 9).toString('base64');
    for (const wrong of [short, `${KEY.toString('base64')}!`, 'not base64 at all']) {
      const variables = { WEBHOOKS_MASTER_KEY: wrong };
      assert.throws(
        () => readMasterKey(variables, folder),
        ({ message }: Error) =>
          message.startsWith('WEBHOOKS_MASTER_KEY is no base64') && !message.includes(wrong),
      );
    }
  });

  it('is not replaced when its file cannot be understood: its secrets would be lost', () => {
    const file = join(folder, 'master.key');
    writeFileSync(file, '');
    assert.throws(() => readMasterKey({}, folder), /is no base64/);
    assert.equal(statSync(file).size, 0);
  });
});
