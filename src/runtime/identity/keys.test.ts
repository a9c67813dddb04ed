import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FintechError } from '../../kernel/errors.ts';
import { systemRandom } from '../../kernel/random.ts';
import { ManualClock, systemClock } from '../../kernel/time.ts';
import { readKeySet } from '../access/key-set.ts';
import { openKeys } from './keys.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keys-'));
  folder = join(root, 'a', 'keys');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = () => openKeys(folder, systemRandom, systemClock);
const modeOf = (path: string) => statSync(path).mode & 0o777;

function failure(work: () => unknown): FintechError {
  try {
    work();
  } catch (error) {
    if (error instanceof FintechError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('a new key store', () => {
  it('makes an ES256 and an EdDSA pair at once, and RSA pairs when they are asked for', () => {
    const keys = open();
    expect(keys.list().map(({ algorithm }) => algorithm)).toEqual(['ES256', 'EdDSA']);
    keys.signingKey('RS256');
    keys.signingKey('PS256');
    expect(keys.list().map(({ algorithm }) => algorithm)).toEqual([
      'ES256',
      'EdDSA',
      'PS256',
      'RS256',
    ]);
  });

  it('is a folder of mode 0700 with files of mode 0600 and nothing left over', () => {
    const keys = open();
    keys.clientSecret('ledger');
    expect(modeOf(folder)).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual([
      'ES256.jwk.json',
      'EdDSA.jwk.json',
      'client-secrets.key',
    ]);
    expect(readdirSync(folder).map((name) => modeOf(join(folder, name)))).toEqual([
      0o600, 0o600, 0o600,
    ]);
  });

  it('names its keys as those of a sandbox, and publishes their public halves only', () => {
    const keys = open();
    keys.signingKey('RS256');
    const jwks = keys.jwks();
    expect(jwks.keys.map(({ kid }) => kid.slice(0, 8))).toEqual(Array(3).fill('sandbox-'));
    expect(new Set(jwks.keys.flatMap((jwk) => Object.keys(jwk)))).toEqual(
      new Set(['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use']),
    );
    expect(readKeySet(jwks)).toMatchObject({ leftOut: [] });
  });

  it('gives the same keys and secrets when it is opened again', () => {
    const first = open();
    const before = [first.jwks(), first.clientSecret('ledger')];
    const second = open();
    expect([second.jwks(), second.clientSecret('ledger')]).toEqual(before);
  });

  it('gives every client, and every project, a secret of its own', () => {
    const keys = open();
    const other = openKeys(join(root, 'other'), systemRandom, systemClock);
    const secrets = [
      keys.clientSecret('ledger'),
      keys.clientSecret('payments'),
      other.clientSecret('ledger'),
    ];
    expect(new Set(secrets).size).toBe(3);
    expect(secrets[0]).toMatch(/^sandbox_[A-Za-z0-9_-]{43}$/);
  });
});

it('is one key set for eight processes that start on an empty folder at once', async () => {
  const script = `
    const { openKeys } = await import(${JSON.stringify(new URL('./keys.ts', import.meta.url).href)});
    const { systemRandom } = await import(${JSON.stringify(new URL('../../kernel/random.ts', import.meta.url).href)});
    const { systemClock } = await import(${JSON.stringify(new URL('../../kernel/time.ts', import.meta.url).href)});
    const keys = openKeys(process.argv[1], systemRandom, systemClock);
    keys.signingKey('RS256');
    process.stdout.write(JSON.stringify([keys.jwks(), keys.clientSecret('ledger')]));
  `;
  const run = promisify(execFile);
  const args = ['--input-type=module', '-e', script, folder];
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => run(process.execPath, args).then(({ stdout }) => stdout)),
  );
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toContain('sandbox-');
  expect(readdirSync(folder)).toHaveLength(4);
});

describe('keys that cannot be trusted are refused, without a word of what is in them', () => {
  const SECRET = 'c2VjcmV0LXNlY3JldA';

  it.each([
    ['not JSON', SECRET],
    ['a JSON string', JSON.stringify(SECRET)],
    ['null', 'null'],
    ['an empty file', ''],
    [
      'a JWK without a private part',
      JSON.stringify({ kty: 'EC', crv: 'P-256', x: SECRET, y: SECRET }),
    ],
    ['too long for a key', `{"kty":"${SECRET}${' '.repeat(20_000)}"}`],
  ])('%s', (_name, text) => {
    open();
    writeFileSync(join(folder, 'ES256.jwk.json'), text);
    const error = failure(open);
    expect(error.code).toBe('KEYS_UNREADABLE');
    expect(error.message).toContain('ES256.jwk.json');
    expect(
      JSON.stringify([error.message, error.hint, error.details, String(error.cause)]),
    ).not.toContain(SECRET);
  });

  it('a key of another algorithm under this name', () => {
    const keys = open();
    const edDsa = keys.signingKey('EdDSA').privateKey.export({ format: 'jwk' });
    writeFileSync(join(folder, 'ES256.jwk.json'), JSON.stringify({ ...edDsa, alg: 'ES256' }));
    expect(failure(open).message).toContain('no key for ES256');
  });

  it('a file that others may read', () => {
    open();
    chmodSync(join(folder, 'ES256.jwk.json'), 0o640);
    expect(failure(open)).toMatchObject({
      code: 'KEYS_UNREADABLE',
      hint: expect.stringContaining('chmod 600'),
    });
  });

  it('a folder that others may enter', () => {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    chmodSync(folder, 0o755);
    expect(failure(open)).toMatchObject({
      code: 'KEYS_UNREADABLE',
      hint: expect.stringContaining('chmod 700'),
    });
  });

  it('a symbolic link in place of a key', () => {
    open();
    rmSync(join(folder, 'ES256.jwk.json'));
    symlinkSync(join(folder, 'EdDSA.jwk.json'), join(folder, 'ES256.jwk.json'));
    expect(failure(open).code).toBe('KEYS_UNREADABLE');
  });

  it('a file where the folder should be', () => {
    mkdirSync(join(root, 'a'));
    writeFileSync(folder, '');
    expect(failure(open).code).toBe('KEYS_UNREADABLE');
  });

  it('a client secret key of the wrong length', () => {
    const keys = open();
    keys.clientSecret('ledger');
    writeFileSync(join(folder, 'client-secrets.key'), 'AAAA');
    expect(failure(() => keys.clientSecret('ledger')).code).toBe('KEYS_UNREADABLE');
  });
});

describe('a rotation', () => {
  const HOUR_MS = 3_600_000;
  const clock = new ManualClock();
  const openAt = () => openKeys(folder, systemRandom, clock);
  const kidsOf = (keys: { keys: { kid: string }[] }) => keys.keys.map(({ kid }) => kid);

  it('signs with a new key, and publishes the old one until the overlap ends', () => {
    const keys = openAt();
    const old = keys.signingKey('ES256').kid;
    keys.replaceKey('ES256', { overlapMs: HOUR_MS });
    const current = keys.signingKey('ES256').kid;
    expect(current).not.toBe(old);
    expect(kidsOf(openAt().jwks())).toEqual([current, keys.signingKey('EdDSA').kid, old]);
    clock.advance(HOUR_MS - 1);
    expect(kidsOf(keys.jwks())).toContain(old);
    clock.advance(1);
    expect(kidsOf(keys.jwks())).not.toContain(old);
    expect(keys.retired()).toEqual([]);
  });

  it('keeps nothing private of the old key, and forgets it at the next rotation after its time', () => {
    const keys = openAt();
    keys.replaceKey('EdDSA', { overlapMs: HOUR_MS });
    const retired = readdirSync(folder).find((name) => name.startsWith('retired-')) ?? '';
    expect(Object.keys(JSON.parse(readFileSync(join(folder, retired), 'utf8')))).not.toContain('d');
    expect(modeOf(join(folder, retired))).toBe(0o600);
    clock.advance(HOUR_MS);
    keys.replaceKey('ES256', { overlapMs: 0 });
    expect(readdirSync(folder)).not.toContain(retired);
  });

  it('without overlap withdraws the old key at once', () => {
    const keys = openAt();
    const old = keys.signingKey('ES256').kid;
    keys.replaceKey('ES256', { overlapMs: 0 });
    expect(kidsOf(keys.jwks())).not.toContain(old);
  });

  it('cut off after the old key was retired publishes that key once, and signs with it', () => {
    const keys = openAt();
    const { kid, publicJwk } = keys.signingKey('ES256');
    const retired = { ...publicJwk, publishedUntilMs: clock.now() + HOUR_MS };
    const file = join(folder, `retired-${kid}.jwk.json`);
    writeFileSync(file, JSON.stringify(retired), { mode: 0o600 });
    expect(kidsOf(keys.jwks()).filter((name) => name === kid)).toHaveLength(1);
  });

  it('refuses a retired key that is not under its own name', () => {
    const keys = openAt();
    const { publicJwk } = keys.signingKey('ES256');
    const file = join(folder, 'retired-sandbox-0123456789abcdef.jwk.json');
    writeFileSync(file, JSON.stringify({ ...publicJwk, publishedUntilMs: 9e15 }), { mode: 0o600 });
    expect(failure(() => keys.jwks()).code).toBe('KEYS_UNREADABLE');
  });
});

describe('keys of another project', () => {
  const other = () => openKeys(join(root, 'other'), systemRandom, systemClock);

  it('take the place of its own, with all client secrets', () => {
    const [keys, source] = [open(), other()];
    source.signingKey('RS256');
    const old = keys.signingKey('ES256').kid;
    expect(keys.importPrivate(source.exportPrivate(), { overlapMs: 1000 })).toEqual({
      algorithms: ['ES256', 'EdDSA', 'RS256'],
      clientSecrets: true,
    });
    expect(keys.list().map(({ kid }) => kid)).toEqual(source.list().map(({ kid }) => kid));
    expect(keys.clientSecret('ledger')).toBe(source.clientSecret('ledger'));
    expect(keys.retired().map(({ publicJwk: { kid } }) => kid)).toContain(old);
  });

  it('imported twice change nothing the second time', () => {
    const [keys, source] = [open(), other()];
    keys.importPrivate(source.exportPrivate(), { overlapMs: 0 });
    keys.importPrivate(source.exportPrivate(), { overlapMs: 0 });
    expect(keys.jwks()).toEqual(source.jwks());
  });

  const jwkOf = (algorithm: 'ES256' | 'EdDSA') =>
    open()
      .exportPrivate()
      .keys.find(({ alg }) => alg === algorithm);
  it.each<[string, () => unknown, string]>([
    ['no JWK Set', () => 'text', 'no JWK Set'],
    ['an empty set', () => ({ keys: [] }), 'no JWK Set of 1 to 5'],
    ['more keys than there are algorithms', () => ({ keys: [{}, {}, {}, {}, {}, {}] }), '1 to 5'],
    ['a public key', () => open().jwks(), 'key 1 is no private key for ES256'],
    [
      'a key under another algorithm',
      () => ({ keys: [{ ...jwkOf('EdDSA'), alg: 'ES256' }] }),
      'key 1 is no private key for ES256',
    ],
    ['two keys for one algorithm', () => ({ keys: [jwkOf('ES256'), jwkOf('ES256')] }), 'two keys'],
    ['a key of no algorithm of ours', () => ({ keys: [{ kty: 'EC', alg: 'ES512' }] }), 'no alg'],
    [
      'a short symmetric key',
      () => ({ keys: [{ kty: 'oct', kid: 'client-secrets', k: 'AAAA' }] }),
      'no key of client secrets',
    ],
  ])('are refused whole where they are %s', (_name, jwks, why) => {
    const keys = open();
    const value = jwks();
    const before = keys.exportPrivate();
    const error = failure(() => keys.importPrivate(value, { overlapMs: 0 }));
    expect(error).toMatchObject({ code: 'KEYS_UNREADABLE', message: expect.stringContaining(why) });
    expect(keys.exportPrivate()).toEqual(before);
  });
});
