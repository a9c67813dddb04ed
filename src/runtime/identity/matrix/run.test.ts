import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, EmbeddedJWK, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../kernel/random.ts';
import { systemClock } from '../../../kernel/time.ts';
import { DEFECTS } from '../defects/catalogue.ts';
import { type KeyStore, openKeys } from '../keys.ts';
import { joseApi, matrixOptions, shotsWith, testApi } from './api.fixture.ts';
import { runMatrix } from './run.ts';

let folder: string;
let keys: KeyStore;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'matrix-'));
  keys = openKeys(join(folder, 'keys'), systemRandom, systemClock);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const some = (...ids: string[]) => DEFECTS.filter(({ id }) => ids.includes(id));
const SOME = some('claims/expired', 'signature/none', 'transport/missing', 'transport/query');

describe('an API that verifies what it is sent', () => {
  it('is tight: bad tokens are refused, good ones accepted', async () => {
    await using api = await testApi(joseApi(keys.jwks()));
    const defects = some('claims/expired', 'claims/issuer-other', 'signature/none');
    const report = await runMatrix(matrixOptions(api, { keys, defects }));
    expect(report).toMatchObject({ verdict: 'tight', reason: null, issuer: 'ours' });
    expect(report.shots.map(({ outcome }) => outcome)).toEqual([
      'accepted',
      'refused',
      'refused',
      'refused',
    ]);
    expect(report.shots.find(({ id }) => id === 'claims/expired')?.explanation).toBe(
      'Refused with 401 Bearer invalid_token, as it must be (RFC 7519 §4.1.4, RFC 9068 §4).',
    );
  });

  it('is asked for each kind of good token once, before what is made of it', async () => {
    await using api = await testApi((_, response) => response.end());
    const report = await runMatrix(matrixOptions(api, { keys }));
    const ids = report.shots.map(({ id }) => id);
    expect(ids.filter((id) => id === 'good')).toHaveLength(1);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('an API that', () => {
  it('refuses everything says nothing: only the good token was sent', async () => {
    await using api = await testApi((_, response) => response.writeHead(403).end());
    const report = await runMatrix(matrixOptions(api, { keys }));
    expect(report.verdict).toBe('inconclusive');
    expect(report.reason).toContain('The good token was not accepted. Refused with 403');
    expect(api.requests).toHaveLength(1);
  });

  it('accepts everything has a hole for each defect', async () => {
    await using api = await testApi((_, response) => response.end('{}'));
    const report = await runMatrix(matrixOptions(api, { keys, defects: SOME }));
    expect(report.verdict).toBe('holes');
    const holes = shotsWith(report, 'wrongly-accepted');
    expect(holes.map(({ id }) => id).sort()).toEqual(SOME.map(({ id }) => id).sort());
    expect(holes.every(({ severity }) => severity === 'critical')).toBe(true);
    expect(report.shots.find(({ id }) => id === 'transport/missing')?.explanation).toBe(
      'Accepted with 200. Due is 401 Bearer without an error code (RFC 6750 §3, RFC 6750 §3.1). Everybody gets in, without any token.',
    );
  });

  it('fails with 500 at bad tokens has critical holes', async () => {
    let asked = 0;
    await using api = await testApi((_, response) => {
      response.writeHead(asked++ === 0 ? 200 : 500).end();
    });
    const report = await runMatrix(matrixOptions(api, { keys, defects: SOME }));
    expect(report.verdict).toBe('holes');
    expect(shotsWith(report, 'server-error')).toHaveLength(SOME.length);
  });

  it('sends tokens back leaks, whatever its status', async () => {
    await using api = await testApi((request, response) => {
      const field = request.headers.authorization ?? '';
      response.statusCode = api.requests.length === 1 ? 200 : 401;
      response.end(JSON.stringify({ error: `cannot read ${field.slice(7)}` }));
    });
    const defects = some('claims/expired', 'signature/none');
    const report = await runMatrix(matrixOptions(api, { keys, defects }));
    expect(report.verdict).toBe('holes');
    expect(report.shots.map(({ outcome }) => outcome)).toEqual(
      report.shots.map(() => 'token-leaked'),
    );
    expect(JSON.stringify(report)).not.toContain('eyJ');
  });

  it('refuses with another status or error is told apart from one that is right', async () => {
    await using api = await testApi((_, response) => {
      const isGood = api.requests.length === 1;
      response.writeHead(isGood ? 200 : 401, { 'www-authenticate': 'Bearer error="expired"' });
      response.end();
    });
    const defects = some('claims/expired', 'claims/scope-missing');
    const report = await runMatrix(matrixOptions(api, { keys, defects }));
    expect(report.verdict).toBe('tight');
    expect(shotsWith(report, 'refused-otherwise').map(({ explanation }) => explanation)).toEqual([
      'Refused, but with 401 Bearer expired. Due is 401 Bearer invalid_token (RFC 7519 §4.1.4, RFC 9068 §4).',
      'Refused, but with 401 Bearer expired. Due is 403 Bearer insufficient_scope (RFC 6750 §3.1).',
    ]);
    const refuses = (status: number) => status === 401;
    const rules = { accepts: (status: number) => status === 200, refuses };
    api.requests.length = 0;
    const lenient = await runMatrix(matrixOptions(api, { keys, defects, rules }));
    expect(shotsWith(lenient, 'refused')).toHaveLength(2);
  });

  it('redirects is not followed', async () => {
    await using api = await testApi((_, response) => {
      response.writeHead(api.requests.length === 1 ? 200 : 302, { location: '/login' }).end();
    });
    const report = await runMatrix(matrixOptions(api, { keys, defects: SOME }));
    expect(api.requests.filter(({ url }) => url === '/login')).toEqual([]);
    expect(shotsWith(report, 'refused-otherwise')).toHaveLength(SOME.length);
  });

  it('refuses `bearer` in lower case is wrong', async () => {
    await using api = await testApi((request, response) => {
      response.writeHead(request.headers.authorization?.startsWith('Bearer ') ? 200 : 401).end();
    });
    const defects = some('transport/scheme-lower-case');
    const report = await runMatrix(matrixOptions(api, { keys, defects }));
    expect([report.verdict, report.shots[1]?.outcome]).toEqual(['holes', 'wrongly-refused']);
  });
});

const BRIEF = { timeoutMs: 300, bodyMs: 50, maxBytes: 10_000 };

describe('an API that checks DPoP proofs', () => {
  const dpop = async (request: IncomingMessage, response: ServerResponse, nonce?: string) => {
    const refuse = (error: string) =>
      void response.writeHead(401, { 'www-authenticate': `DPoP error="${error}"` }).end();
    const [, token] = /^DPoP ([\w.-]+)$/.exec(request.headers.authorization ?? '') ?? [];
    const proofs = request.headersDistinct['dpop'] ?? [];
    if (token === undefined) return refuse('invalid_token');
    const proof = proofs.length === 1 && (await readProof(proofs[0] ?? ''));
    if (proof === undefined || proof === false) return refuse('invalid_dpop_proof');
    response.setHeader('dpop-nonce', 'n-1');
    if (nonce !== undefined && proof['nonce'] !== nonce) return refuse('use_dpop_nonce');
    const isGood = await jwtVerify(token, createLocalJWKSet(keys.jwks())).catch(() => false);
    if (isGood === false) return refuse('invalid_token');
    if (proof['htm'] !== 'GET') return refuse('invalid_dpop_proof');
    response.end();
  };
  const readProof = async (proof: string) => {
    const verified = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' }).catch(
      () => undefined,
    );
    return verified?.payload;
  };
  const defects = some(
    'signature/none',
    'dpop/method-other',
    'dpop/bit-flip',
    'transport/missing',
    'transport/scheme-lower-case',
  );
  const has = new Set(['dpop', 'dpop-nonce'] as const);

  it('and takes bound tokens only is sent nothing else, with the nonce it hands out', async () => {
    await using api = await testApi((request, response) => dpop(request, response, 'n-1'));
    const report = await runMatrix(matrixOptions(api, { keys, defects, has }));
    expect(report.verdict).toBe('tight');
    expect(Object.fromEntries(report.shots.map(({ id, outcome }) => [id, outcome]))).toEqual({
      good: 'accepted',
      'signature/none': 'refused',
      'dpop/bit-flip': 'refused',
      'dpop/method-other': 'refused',
      // It names an error where RFC 6750 §3.1 has none.
      'transport/missing': 'refused-otherwise',
      'transport/scheme-lower-case': 'not-run',
    });
  });

  it('but takes no good proof leaves the run inconclusive', async () => {
    await using api = await testApi((request, response) => {
      const isBearer = request.headers.authorization?.startsWith('Bearer ') === true;
      response.writeHead(isBearer ? 200 : 401).end();
    });
    const report = await runMatrix(
      matrixOptions(api, { keys, has, defects: some('dpop/bit-flip', 'signature/none') }),
    );
    expect(report.reason ?? '').toContain('bound by DPoP was not accepted (401)');
    expect(report.shots.find(({ id }) => id === 'dpop/bit-flip')?.outcome).toBe('not-run');
  });

  it('lets a proof be used twice', async () => {
    await using api = await testApi((request, response) => dpop(request, response));
    const report = await runMatrix(
      matrixOptions(api, { keys, has, defects: some('dpop/replayed') }),
    );
    expect(report.shots.at(-1)).toMatchObject({ id: 'dpop/replayed', outcome: 'wrongly-accepted' });
  });
});

describe('what cannot be judged', () => {
  it('is tried once more after the time the API asks for', async () => {
    await using api = await testApi((request, response) => {
      const isFirst = api.requests.length % 2 === 1;
      if (isFirst) response.writeHead(429, { 'retry-after': '0' }).end();
      else joseApi(keys.jwks())(request, response).catch(() => response.destroy());
    });
    const report = await runMatrix(matrixOptions(api, { keys, defects: some('claims/expired') }));
    expect(report.verdict).toBe('tight');
    expect(api.requests).toHaveLength(4);
  });

  it.each([
    ['is asked to wait', 429],
    ['has no upstream', 503],
  ])('is inconclusive where the API %s for more than a tenth', async (_, status) => {
    await using api = await testApi((_request, response) => {
      response.writeHead(api.requests.length === 1 ? 200 : status, { 'retry-after': '0' }).end();
    });
    const report = await runMatrix(matrixOptions(api, { keys, defects: SOME }));
    expect(report.verdict).toBe('inconclusive');
    expect(report.reason).toBe(
      `${SOME.length} of ${SOME.length + 1} shots could not be judged: no answer, 429, 502, 503 or 504.`,
    );
  });

  it('is a connection that is cut, but for what no client would send', async () => {
    await using api = await testApi((_, response) => {
      if (api.requests.length === 1) response.end();
      else response.destroy();
    });
    const defects = some('claims/expired', 'transport/non-ascii');
    const report = await runMatrix(matrixOptions(api, { keys, defects }));
    expect(report.shots.map(({ outcome }) => outcome)).toEqual([
      'accepted',
      'not-judged',
      'refused-otherwise',
    ]);
  });

  it('is an answer that takes too long', async () => {
    await using api = await testApi((_, response) => {
      if (api.requests.length === 1) response.end();
    });
    const report = await runMatrix(
      matrixOptions(api, { keys, defects: some('claims/expired') }),
      BRIEF,
    );
    expect(report.shots[1]?.explanation).toContain('nothing came back in 300 ms');
  });

  it('is not a body without an end: its status tells', async () => {
    await using api = await testApi((_, response) => void response.write('data: …'));
    const defects = some('claims/expired', 'transport/non-ascii');
    const report = await runMatrix(matrixOptions(api, { keys, defects }), BRIEF);
    expect(shotsWith(report, 'wrongly-accepted')).toHaveLength(2);
  });

  it('is nothing at all where nobody listens', async () => {
    const api = await testApi(() => {});
    await api[Symbol.asyncDispose]();
    await expect(runMatrix(matrixOptions(api, { keys }))).rejects.toMatchObject({
      code: 'TOKEN_TARGET_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('is an endless body beyond its limit: what came first counts', async () => {
    await using api = await testApi((_, response) => {
      const more = () => {
        while (response.writable && response.write('x'.repeat(1000)));
      };
      response.on('drain', more);
      more();
    });
    const report = await runMatrix(
      matrixOptions(api, { keys, defects: some('claims/expired', 'transport/non-ascii') }),
      { ...BRIEF, timeoutMs: 5000, bodyMs: 5000 },
    );
    expect(report.shots.map(({ outcome }) => outcome)).toEqual([
      'accepted',
      'wrongly-accepted',
      'wrongly-accepted',
    ]);
  });
});

describe('the request', () => {
  it('has a fresh {{uuid}} in fields and body of each shot', async () => {
    const bodies: string[] = [];
    await using api = await testApi(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      bodies.push(`${String(request.headers['idempotency-key'])} ${body}`);
      response.end();
    });
    const options = matrixOptions(api, { keys, defects: SOME });
    const target = {
      ...options.target,
      method: 'POST',
      headers: [['Idempotency-Key', '{{uuid}}'] as const],
      body: '{"id":"{{uuid}}"}',
    };
    await runMatrix({ ...options, target });
    expect(new Set(bodies).size).toBe(SOME.length + 1);
    for (const line of bodies) expect(line).toMatch(/^([\w-]{36}) \{"id":"\1"\}$/);
    expect(api.requests[0]?.headers['content-type']).toBe('application/json');
  });

  it('carries a token in a form only where the API is said to take one', async () => {
    await using api = await testApi((_, response) => response.end());
    const defects = some('transport/field-and-form');
    const options = matrixOptions(api, { keys, defects });
    const idle = await runMatrix(options);
    expect(idle.shots[1]?.explanation).toContain('needs form-body');
    const has = new Set(['form-body'] as const);
    const get = await runMatrix({ ...options, has });
    expect(get.shots[1]?.explanation).toContain('needs a method with a body');
    await runMatrix({ ...options, has, target: { ...options.target, method: 'POST' } });
    expect(api.requests.at(-1)?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  it('is sent no faster than it is said', async () => {
    await using api = await testApi((_, response) => response.end());
    const startMs = performance.now();
    await runMatrix(matrixOptions(api, { keys, defects: SOME, perSecond: 20 }));
    const tookMs = performance.now() - startMs;
    // Timers may fire a little early.
    expect(tookMs).toBeGreaterThan((api.requests.length - 1) * 49);
    expect(api.requests.length).toBeGreaterThan(3);
  });
});

describe('an API that does not know all our keys yet', () => {
  const defects = some('confusion/rsa-pem');
  /** As one that learnt the keys when there was only one. */
  const forgetful = (isKnown: () => boolean) => {
    const [verifyAll, verifyOne] = [
      joseApi(keys.jwks()),
      joseApi({ keys: keys.jwks().keys.filter(({ alg }) => alg === 'ES256') }),
    ];
    return testApi((request, response) => (isKnown() ? verifyAll : verifyOne)(request, response));
  };

  it('is asked again when it must, and judged by that', async () => {
    keys.signingKey('RS256');
    keys.signingKey('PS256');
    let known = false;
    await using api = await forgetful(() => known);
    const report = await runMatrix({
      ...matrixOptions(api, { keys, defects }),
      keysKnownMs: systemClock.monotonicMs() + 200,
      onWait: () => (known = true),
    });
    expect(known).toBe(true);
    expect(report.shots.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'refused']);
  });

  it('is judged by its first answer once it must know them', async () => {
    await using api = await forgetful(() => false);
    const options = matrixOptions(api, { keys, defects });
    const report = await runMatrix({ ...options, keysKnownMs: systemClock.monotonicMs() });
    expect(report.shots.map(({ outcome }) => outcome)).toEqual(['accepted', 'not-run', 'not-run']);
  });
});
