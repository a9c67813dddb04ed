import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL_SERVICE } from '../../src/runtime/sandbox/testing/sandbox-fixture.ts';
import { fintech, fintechJson, temporaryFolder, write } from './program.ts';

const CONFIG = `
name: acme
identity:
  clients:
    teller: { scopes: [events:read, tills:open] }
    app:
      scopes: [tills:open, tills:read]
      auth: none
      grants: [authorization_code, refresh_token, device]
      redirectUris: [http://127.0.0.1/cb]
  personas: { customer: { sub: usr_customer, scopes: [tills:open, tills:read] } }
gateway:
  routes: [ { path: /v1/tills, methods: [GET, POST], service: teller, scopes: [tills:open] } ]
services: { teller: { path: teller } }
`;

let folder: ReturnType<typeof temporaryFolder>;
let cwd: string;
let gateway: string;
beforeAll(async () => {
  folder = temporaryFolder();
  cwd = folder.path;
  write(join(cwd, 'fintech.yaml'), CONFIG);
  write(join(cwd, 'teller/src/main.ts'), SMALL_SERVICE);
  await fintech(['up', '--detach'], { cwd });
  const { data } = await fintechJson<Record<string, string>>(['env'], { cwd });
  gateway = data['FINTECH_GATEWAY_URL'] ?? '';
});
afterAll(async () => {
  await fintech(['down'], { cwd });
  folder[Symbol.dispose]();
});

const mint = async (...args: string[]) =>
  (await fintech(['token', 'mint', '--persona', 'customer', ...args], { cwd })).stdout.trim();

async function knock(token: string): Promise<{ status: number; challenge: string }> {
  const { statusCode, headers, body } = await request(`${gateway}/v1/tills`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await body.dump();
  return { status: statusCode, challenge: String(headers['www-authenticate'] ?? '') };
}

describe('a minted token', () => {
  it('opens the gateway', async () => {
    expect(await knock(await mint())).toMatchObject({ status: 200 });
  });

  it('without the scope gets 403 insufficient_scope', async () => {
    const { status, challenge } = await knock(await mint('--scope', 'tills:read'));
    expect(status).toBe(403);
    expect(challenge).toContain('error="insufficient_scope"');
  });

  it.each([
    ['claims/expired', 401, 'invalid_token'],
    ['claims/audience-other', 401, 'invalid_token'],
    ['claims/issuer-other', 401, 'invalid_token'],
    ['claims/scope-missing', 403, 'insufficient_scope'],
    ['signature/none', 401, 'invalid_token'],
    ['signature/other-key', 401, 'invalid_token'],
    ['signature/bit-flip', 401, 'invalid_token'],
  ])('with the defect %s gets %d, and its twin gets in', async (defect, expected, error) => {
    const { status, challenge } = await knock(await mint('--defect', defect));
    expect(status).toBe(expected);
    expect(challenge).toContain(`error="${error}"`);
    expect(await knock(await mint('--defect', defect, '--twin'))).toMatchObject({ status: 200 });
  });

  it('that is given is broken as it came', async () => {
    const good = await mint();
    const from = ['token', 'mint', '--from', good, '--defect', 'confusion/curve-pem'];
    const broken = (await fintech(from, { cwd })).stdout.trim();
    expect(broken.split('.')[1]).toBe(good.split('.')[1]);
    expect(await knock(broken)).toMatchObject({ status: 401 });
    expect((await fintech([...from, '--twin'], { cwd })).stdout.trim()).toBe(good);
  });

  it('is the same for the same seed and time, but for its signature', async () => {
    const args = ['--seed', 's', '--at', '2027-01-01T00:00Z'];
    const [one, other] = [await mint(...args), await mint(...args)];
    expect(one.split('.').slice(0, 2)).toEqual(other.split('.').slice(0, 2));
  });
});

describe('token get', () => {
  it.each(['pkce', 'device'])(
    'runs the flow %s as a persona, and the token opens the gateway',
    async (flow) => {
      const args = ['token', 'get', '--client', 'app', '--flow', flow, '--persona', 'customer'];
      const { exitCode, data } = await fintechJson<{ accessToken: string; refreshToken: string }>(
        args,
        { cwd },
      );
      expect(exitCode).toBe(0);
      expect(await knock(data.accessToken)).toMatchObject({ status: 200 });
      expect(data.refreshToken).toMatch(/^[\w-]{43}$/);
    },
  );

  it('gets a token by client credentials that the gateway accepts', async () => {
    const { stdout, exitCode } = await fintech(
      ['token', 'get', '--client', 'teller', '--scope', 'tills:open'],
      { cwd },
    );
    expect(exitCode).toBe(0);
    expect(await knock(stdout.trim())).toMatchObject({ status: 200 });
  });

  it('is refused a scope that the client does not hold', async () => {
    const args = ['token', 'get', '--client', 'teller', '--scope', 'tills:read'];
    const { exitCode, error } = await fintechJson(args, { cwd });
    expect([exitCode, error?.code]).toEqual([5, 'TOKEN_ISSUER_REFUSED']);
    expect(error?.message).toContain('invalid_scope');
  });
});

describe('token inspect and token verify', () => {
  it('decode and judge from stdin', async () => {
    const token = await mint();
    const inspected = await fintechJson<{ claims: { sub: string } }>(['token', 'inspect', '-'], {
      cwd,
      input: token,
    });
    expect(inspected.data.claims.sub).toBe('usr_customer');
    expect(await fintech(['token', 'verify', '-'], { cwd, input: token })).toMatchObject({
      exitCode: 0,
    });
  });

  it('refuse with exit 3 and the reason', async () => {
    const expired = await mint('--defect', 'claims/expired');
    const judged = await fintechJson(['token', 'verify', expired], { cwd });
    expect([judged.exitCode, judged.error?.code]).toEqual([3, 'TOKEN_REFUSED']);
    expect(JSON.stringify(judged)).toContain('expired');
    const told = await fintech(['token', 'verify', expired], { cwd });
    expect(told.stdout).toMatch(/^refused: .*expired/);
    const none = await fintechJson(['token', 'inspect', 'no.token'], { cwd });
    expect([none.exitCode, none.error?.code]).toEqual([3, 'TOKEN_MALFORMED']);
  });
});

describe('what is unknown', () => {
  it.each([
    [['token', 'mint', '--persona', 'custmer'], 'TOKEN_UNKNOWN_PERSONA', 'customer'],
    [['token', 'mint', '--scope', 'tills:opne'], 'TOKEN_UNKNOWN_SCOPE', 'tills:open'],
    [['token', 'mint', '--defect', 'claims/expird'], 'TOKEN_UNKNOWN_DEFECT', 'claims/expired'],
    [['token', 'mint', '--aud', 'x y'], 'USAGE_INVALID', 'audience'],
    [['token', 'get', '--client', 'telller'], 'TOKEN_UNKNOWN_CLIENT', 'teller'],
  ])('%j exits 2 and suggests the nearest', async (args, code, near) => {
    const { exitCode, error } = await fintechJson(args, { cwd });
    expect([exitCode, error?.code]).toEqual([2, code]);
    expect(`${error?.message} ${error?.hint}`).toContain(near);
  });
});

it('keys list shows public facts of the keys and nothing secret', async () => {
  const { stdout, exitCode } = await fintech(['keys', 'list', '--json'], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('sandbox-');
  expect(stdout).not.toContain('"d":');
});

it('token defects lists what can be broken', async () => {
  const { stdout } = await fintech(['token', 'defects'], { cwd });
  for (const id of ['claims/expired', 'signature/none']) expect(stdout).toContain(id);
});

const kidOf = (token: string): unknown =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;

describe('keys rotate', () => {
  const rotate = ['keys', 'rotate', '--alg', 'ES256'];

  it('signs with a new key at once; the gateway takes tokens of both', async () => {
    const before = await mint();
    const { exitCode, data } = await fintechJson<{ kid: string; retired: { kid: string } }[]>(
      rotate,
      { cwd },
    );
    expect(exitCode).toBe(0);
    const after = await mint();
    expect(kidOf(after)).toBe(data[0]?.kid);
    expect(await knock(after)).toMatchObject({ status: 200 });
    expect(await knock(before)).toMatchObject({ status: 200 });
    const issued = await fintech(['token', 'get', '--client', 'teller'], { cwd });
    expect(kidOf(issued.stdout)).toBe(data[0]?.kid);
  });

  it('without overlap withdraws the key, and every token it signed', async () => {
    const before = await mint('--aud', 'api');
    await fintech([...rotate, '--overlap', '0s'], { cwd });
    const verdict = await fintechJson(['token', 'verify', before], { cwd });
    expect(verdict).toMatchObject({ exitCode: 3, data: { reason: 'key-unknown' } });
    expect(await fintechJson(['token', 'verify', await mint()], { cwd })).toMatchObject({
      exitCode: 0,
    });
  });

  it.each([['-1s'], ['soon'], ['367d']])('refuses an overlap of %s', async (overlap) => {
    const { exitCode, error } = await fintechJson([...rotate, '--overlap', overlap], { cwd });
    expect([exitCode, error?.code]).toEqual([2, 'USAGE_INVALID']);
  });
});

describe('keys export and keys import', () => {
  it('make another project mint tokens that this one accepts', async () => {
    using other = temporaryFolder();
    const env = { FINTECH_KEYS: join(other.path, 'keys') };
    const exported = await fintech(['keys', 'export', '--private'], { cwd });
    expect(exported.stderr).toContain('private keys');
    const imported = await fintech(['keys', 'import', '-'], {
      cwd: other.path,
      env,
      input: exported.stdout,
    });
    expect(imported).toMatchObject({ exitCode: 0, stderr: '' });
    expect(imported.stdout).toContain('imported ES256');
    const theirs = await fintech(['keys', 'export'], { cwd: other.path, env });
    write(join(other.path, 'jwks.json'), theirs.stdout);
    const jwks = ['--jwks', join(other.path, 'jwks.json')];
    const verdict = await fintechJson(['token', 'verify', await mint(), ...jwks], { cwd });
    expect(verdict.exitCode).toBe(0);
    expect(theirs.stdout).not.toContain('"d"');
  });

  it.each([
    ['{', 'it is not JSON'],
    ['{"keys":[]}', 'no JWK Set'],
    [' '.repeat(65 * 1024), 'more than 65536 bytes'],
  ])('refuse %.12s', async (input, why) => {
    const { exitCode, stderr } = await fintech(['keys', 'import', '-'], { cwd, input });
    expect(exitCode).toBe(5);
    expect(stderr).toContain(why);
  });

  it('refuse both kinds at once, and a file that is not there', async () => {
    const both = await fintechJson(['keys', 'export', '--jwks', '--private'], { cwd });
    expect([both.exitCode, both.error?.code]).toEqual([2, 'USAGE_INVALID']);
    const none = await fintechJson(['keys', 'import', 'nowhere.json'], { cwd });
    expect([none.exitCode, none.error?.code]).toEqual([5, 'KEYS_UNREADABLE']);
  });
});
