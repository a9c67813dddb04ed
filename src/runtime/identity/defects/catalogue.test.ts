import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { compactDecrypt } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../kernel/time.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../../model/token-request.ts';
import { readKeySet } from '../../access/key-set.ts';
import { DefectBench } from './catalogue.fixture.ts';
import { DEFECTS } from './catalogue.ts';
import { type Defect, isMintable } from './contract.ts';
import { findingFor } from './refusals.fixture.ts';
import { unfitKey } from './weak-keys.ts';

const bench = new DefectBench(new ManualClock());
afterAll(() => bench[Symbol.dispose]());

const TOKENS = DEFECTS.filter((defect) => isMintable(defect) && /^[SC]/.test(defect.class));
const algorithmsOf = (defect: Defect) => defect.algorithms ?? SIGNING_ALGORITHMS;

const defectOf = (id: string): Defect => {
  const defect = DEFECTS.find((known) => known.id === id);
  if (defect === undefined) throw new Error(`no defect ${id}`);
  return defect;
};
const tokenOf = (id: string, algorithm: SigningAlgorithm = 'ES256') =>
  bench.pair(defectOf(id), algorithm).defective;

describe('the catalogue', () => {
  it('names each defect once, by group and name, with where it is written', () => {
    const ids = DEFECTS.map(({ id }) => id);
    expect(ids.filter((id) => !/^[a-z0-9]+\/[a-z0-9-]+$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(DEFECTS.filter(({ sources }) => sources.length === 0)).toEqual([]);
  });

  it('has every row of structure and claims; revoking takes an issuer', () => {
    const rows = new Set(TOKENS.map((defect) => defect.class));
    const wanted = (letter: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
    const missing = [...wanted('S', 35), ...wanted('C', 26)].filter((row) => !rows.has(row));
    expect(missing).toEqual(['C23']);
  });
});

describe.each(SIGNING_ALGORITHMS)('made with %s', (algorithm) => {
  const fitting = TOKENS.filter((defect) => algorithmsOf(defect).includes(algorithm));

  it.each(fitting)('$id is refused for its own reason, and its twin is good', async (defect) => {
    const pair = bench.pair(defect, algorithm);
    await expect(bench.joseVerdict(pair.twin.token)).resolves.toBeDefined();
    await expect(bench.ourVerdicts(defect.needs, pair)).resolves.toEqual({
      twin: 'accepted',
      defective: findingFor(defect, algorithm),
    });
  });
});

describe('a defect', () => {
  it.each(TOKENS.filter(({ algorithms }) => algorithms !== undefined))(
    '$id, which fits some algorithms only, names them for others',
    (defect) => {
      const other = SIGNING_ALGORITHMS.find((name) => !algorithmsOf(defect).includes(name));
      expect(() => bench.pair(defect, other ?? 'ES256')).toThrow(
        expect.objectContaining({
          code: 'USAGE_INVALID',
          hint: expect.stringContaining(`--alg ${defect.algorithms?.[0]}`),
        }),
      );
    },
  );

  it.each(TOKENS)('$id has the same claims each time for a seed', (defect) => {
    const [algorithm = 'ES256'] = algorithmsOf(defect);
    const made = () => JSON.stringify(bench.pair(defect, algorithm).defective.claims);
    expect(made()).toBe(made());
  });

  it('differs from its twin in little, where it is a matter of header or claims', () => {
    const edited = TOKENS.filter((defect) => 'edit' in defect && !('seal' in defect));
    const counts = edited.map((defect) => {
      const [algorithm = 'ES256'] = algorithmsOf(defect);
      const { defective, twin } = bench.pair(defect, algorithm);
      return [defect.id, differences(defective, twin)] as const;
    });
    expect(counts.filter(([, names]) => names.length === 0 || names.length > 4)).toEqual([]);
    expect(Object.fromEntries(counts)).toMatchObject({
      'claims/expired': ['exp', 'iat'],
      'claims/not-yet-valid': ['nbf'],
      'claims/audience-other': ['aud'],
      'header/key-unknown': ['kid'],
      'header/type-other': ['typ'],
    });
  });

  it('fits into the header fields of most servers, but for those that are meant not to', () => {
    const large = TOKENS.filter((defect) => {
      const [algorithm = 'ES256'] = algorithmsOf(defect);
      return bench.pair(defect, algorithm).defective.token.length > 8192;
    });
    expect(large.map(({ id }) => id)).toEqual(['kid/huge', 'size/claim', 'size/header']);
    expect(tokenOf('kid/huge').token.length).toBeLessThan(100_000);
  });
});

describe('what an attacker brings', () => {
  it.each(['ES256', 'EdDSA', 'RS256'] as const)('is a certificate that %s signed', (algorithm) => {
    const { header } = tokenOf('x5c/self-signed', algorithm);
    const [der] = header['x5c'] as string[];
    const certificate = new X509Certificate(Buffer.from(der ?? '', 'base64'));
    expect(certificate.subject).toBe('CN=Sandbox Attacker');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  it.each(['ES256', 'PS256'] as const)('can be decrypted by the %s key of the API', async (alg) => {
    const { privateKey } = bench.keys.signingKey(alg);
    const { twin, defective } = bench.pair(defectOf('encryption/jwe'), alg);
    const { plaintext } = await compactDecrypt(defective.token, privateKey);
    expect(Buffer.from(plaintext).toString().split('.').slice(0, 2)).toEqual(
      twin.token.split('.').slice(0, 2),
    );
  });

  it('grows to 4 MiB when it is decompressed', async () => {
    const { privateKey } = bench.keys.signingKey('ES256');
    const { token } = tokenOf('zip/bomb');
    await expect(
      compactDecrypt(token, privateKey, { maxDecompressedLength: 4 * 1024 * 1024 }),
    ).resolves.toMatchObject({ plaintext: { length: 4 * 1024 * 1024 } });
    await expect(
      compactDecrypt(token, privateKey, { maxDecompressedLength: 4 * 1024 * 1024 - 1 }),
    ).rejects.toThrow('exceeded');
  });
});

describe('a key that was published', () => {
  it('proves nothing where it is weak, or for something else', () => {
    const { leftOut = [] } = readKeySet(bench.jwks()) ?? {};
    expect(Object.fromEntries(leftOut.map(({ kid, why }) => [kid, why]))).toEqual({
      'sandbox-rsa-1024': 'RSA of less than 2048 bits',
      'sandbox-rsa-exponent-1': expect.stringMatching(/exponent|no valid public key/),
      'sandbox-rsa-exponent-3': 'RSA with an exponent below 65537',
      'sandbox-rsa-roca': expect.stringContaining('ROCA'),
      'sandbox-for-encryption': 'its use is not sig',
      'sandbox-not-for-verifying': 'its key_ops lack verify',
    });
  });

  it.each(['rsa-1024', 'rsa-exponent-3', 'rsa-roca', 'for-encryption'] as const)(
    'has truly signed its token: %s',
    (kind) => {
      const { jwk, sign } = unfitKey(kind);
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      expect(verify('sha256', Buffer.from('input'), key, sign('input'))).toBe(true);
    },
  );

  it('proves no more tokens once it is withdrawn', async () => {
    using own = new DefectBench(new ManualClock());
    const { twin } = own.pair(defectOf('key/never-published'), 'ES256');
    const pair = { twin, defective: twin };
    expect(await own.ourVerdicts([], pair)).toMatchObject({ twin: 'accepted' });
    own.keys.replaceKey('ES256', { overlapMs: 0 });
    expect(await own.ourVerdicts([], pair)).toMatchObject({ twin: 'key-unknown' });
  });
});

type Parts = Record<'header' | 'claims', Record<string, unknown>>;

/** Names of header members and claims that differ. */
function differences(one: Parts, other: Parts): string[] {
  const a: Record<string, unknown> = { ...one.header, ...one.claims };
  const b: Record<string, unknown> = { ...other.header, ...other.claims };
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]))
    .sort();
}
