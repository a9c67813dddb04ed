import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/time.ts';
import { holder, proofOf } from '../access/proof.fixture.ts';
import { bearer, listening, startGateway, type TestGateway } from './gateway.fixture.ts';

const client = holder();
const bound = bearer('payments:write', { cnf: client.cnf }).slice('Bearer '.length);
const nowS = () => Math.floor(systemClock.now() / 1000);

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** A gateway before an upstream that counts what reaches it. */
async function start(options: Partial<Parameters<typeof startGateway>[0]> = {}) {
  let reached = 0;
  const upstream = stack.use(
    await listening((_request, response) => {
      reached++;
      response.end('welcome');
    }),
  );
  const gateway = stack.use(await startGateway({ ports: [upstream.port], ...options }));
  return { gateway, reached: () => reached };
}

function proofFor({ url }: TestGateway, claims: Record<string, unknown> = {}): string {
  const htu = `${url}/v1/payments`;
  return proofOf(client, bound, { claims: { htu, iat: nowS(), ...claims } });
}

function send({ url }: TestGateway, proofs: string[], authorization = `DPoP ${bound}`) {
  const headers = new Headers({ authorization });
  for (const proof of proofs) headers.append('dpop', proof);
  return fetch(`${url}/v1/payments?a=b`, { method: 'POST', headers });
}

const challengeOf = (response: Response) => response.headers.get('www-authenticate') ?? '';
const ALGS = 'algs="ES256 EdDSA Ed25519 PS256 RS256"';

describe('a token that is bound to a key', () => {
  it('is let in with a proof, once', async () => {
    const { gateway, reached } = await start();
    const proof = proofFor(gateway);
    expect((await send(gateway, [proof])).status).toBe(200);
    const again = await send(gateway, [proof]);
    expect(again.status).toBe(401);
    expect(challengeOf(again)).toBe(
      `DPoP realm="fintech", error="invalid_dpop_proof", error_description="The DPoP proof is not valid for this request (jti).", ${ALGS}`,
    );
    expect(reached()).toBe(1);
  });

  it.each([
    ['without a proof', () => [], 'invalid_dpop_proof'],
    [
      'with two',
      (gateway: TestGateway) => [proofFor(gateway), proofFor(gateway, { jti: '2' })],
      'invalid_dpop_proof',
    ],
    [
      'for another path',
      (gateway: TestGateway) => [proofFor(gateway, { htu: gateway.url })],
      'invalid_dpop_proof',
    ],
    [
      'by another key',
      (gateway: TestGateway) => [
        proofOf(holder(), bound, { claims: { htu: `${gateway.url}/v1/payments`, iat: nowS() } }),
      ],
      'invalid_token',
    ],
  ])('is refused %s, and the upstream sees nothing', async (_name, proofs, error) => {
    const { gateway, reached } = await start();
    const response = await send(gateway, proofs(gateway));
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toMatch(new RegExp(`^DPoP realm="fintech", error="${error}"`));
    expect(reached()).toBe(0);
  });

  it('is refused as Bearer, by a challenge for DPoP', async () => {
    const { gateway, reached } = await start();
    const response = await send(gateway, [proofFor(gateway)], `Bearer ${bound}`);
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toMatch(/^DPoP realm="fintech", error="invalid_token"/);
    expect(reached()).toBe(0);
  });

  it('is told of missing scope in its own scheme', async () => {
    const routes = [{ path: '/v1/payments', service: 'echo', scopes: ['payments:cancel'] }];
    const { gateway } = await start({ routes });
    const response = await send(gateway, [proofFor(gateway)]);
    expect(response.status).toBe(403);
    expect(challengeOf(response)).toMatch(/^DPoP realm="fintech", error="insufficient_scope"/);
  });

  it('leaves nothing of itself or its proof in the log or an answer', async () => {
    const { gateway } = await start();
    const proof = proofFor(gateway, { htm: 'GET' });
    const text = await (await send(gateway, [proof])).text();
    const lines = JSON.stringify(gateway.lines);
    for (const part of [...bound.split('.'), ...proof.split('.')]) {
      expect(text).not.toContain(part);
      expect(lines).not.toContain(part);
    }
    expect(lines).toContain('token-refused');
  });
});

describe('the origin in a proof', () => {
  it.each([
    ['localhost', (port: number) => `http://localhost:${port}`, 200],
    ['an allowed host', (port: number) => `http://gateway:${port}`, 200],
    ['the published port', () => 'http://127.0.0.1:4711', 200],
    ['a host that is not allowed', (port: number) => `http://evil.example:${port}`, 401],
    ['another port', () => 'http://127.0.0.1:4712', 401],
    ['https', (port: number) => `https://localhost:${port}`, 401],
  ])('may or may not be %s', async (_name, origin, status) => {
    const { gateway } = await start({ allowedHosts: ['gateway'], publishedPort: 4711 });
    const proof = proofFor(gateway, { htu: `${origin(gateway.port)}/v1/payments` });
    expect((await send(gateway, [proof])).status).toBe(status);
  });
});

describe('a request without a token', () => {
  it('is told both schemes', async () => {
    const { gateway } = await start();
    const response = await fetch(`${gateway.url}/v1/payments`);
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toBe(`Bearer realm="fintech", DPoP realm="fintech", ${ALGS}`);
  });
});

describe('a gateway that asks for nonces', () => {
  it('hands one out, and takes a proof that holds it', async () => {
    const { gateway, reached } = await start({ dpopNonce: 'required' });
    const first = await send(gateway, [proofFor(gateway)]);
    expect(first.status).toBe(401);
    expect(challengeOf(first)).toContain('error="use_dpop_nonce"');
    const nonce = first.headers.get('dpop-nonce');
    expect(nonce).toMatch(/^[\w-]{43}$/);
    expect(reached()).toBe(0);
    const second = await send(gateway, [proofFor(gateway, { jti: '2', nonce })]);
    expect(second.status).toBe(200);
  });
});

describe('scopes', () => {
  it.each([
    ['scp', { scp: 'a payments:write' }, 200],
    ['scp', { scp: ['a', 'payments:write'] }, 200],
    ['permissions', { permissions: ['payments:write'] }, 200],
    ['realm_access.roles', { realm_access: { roles: ['payments:write'] } }, 200],
    ['scp', { scope: 'payments:write' }, 403],
    ['permissions', { permissions: ['payments:write', 1] }, 403],
    ['realm_access.roles', { 'realm_access.roles': ['payments:write'] }, 403],
    ['scope', { scope: ['payments:write'] }, 403],
  ] as const)('are read from %s of %j', async (scopeClaim, claims, status) => {
    const { gateway } = await start({ scopeClaim });
    const authorization = bearer('other', { scope: undefined, ...claims });
    expect((await send(gateway, [], authorization)).status).toBe(status);
  });
});
