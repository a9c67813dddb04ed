import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/time.ts';
import type { ShotReport } from '../model/matrix-report.ts';
import type { Context } from './context.ts';
import { listKeys } from './keys.ts';
import { listening, MATRIX_INPUT, type OtherWorld, otherWorld } from './token-matrix.fixture.ts';
import { type MatrixInput, runTokenMatrix } from './token-matrix.ts';
import { type TokenBench, tokenBench } from './tokens.fixture.ts';

const CONFIG = `
name: bank
identity:
  targets: [staging.acme.test]
  personas: { customer: { sub: usr_c, scopes: [accounts:read] } }
matrix:
  targets:
    - { name: read, url: 'http://127.0.0.1:1/a', persona: customer }
    - { name: far, url: 'https://api.elsewhere.test/a' }
`;

let bench: TokenBench;
let context: Context;
let world: OtherWorld;
beforeEach(async () => {
  bench = tokenBench(CONFIG);
  context = { ...bench.context, clock: systemClock };
  world = await otherWorld();
});
afterEach(() => bench[Symbol.dispose]());

const file = (name: string, text: string) => writeFileSync(join(context.cwd, name), text);

async function matrix(input: Partial<MatrixInput>, in_ = context) {
  const { data, failure } = await runTokenMatrix(in_, { ...MATRIX_INPUT, ...input });
  const shots = data.report.targets.flatMap((target) => target.shots);
  const named = (...outcomes: string[]): ShotReport[] =>
    shots.filter(({ outcome }) => outcomes.includes(outcome));
  return { data, failure, shots, named, code: failure?.code };
}

describe('an API that trusts another issuer, given a good token', () => {
  it('has what can be made without its key judged; the rest is not run, never refused', async () => {
    await using api = await listening(world.api);
    file('good.jwt', `Bearer ${await world.token()}\n`);
    file('theirs.json', JSON.stringify(world.jwks));
    const { named, shots, code } = await matrix({
      target: api.url,
      goodToken: 'good.jwt',
      jwks: 'theirs.json',
    });
    expect(code).toBeUndefined();
    const idle = named('not-run').filter(({ explanation }) => explanation.includes("issuer's key"));
    expect(idle.map(({ id }) => id)).toContain('claims/expired');
    const judged = named('refused').map(({ id }) => id);
    for (const id of ['signature/none', 'signature/bit-flip', 'transport/missing']) {
      expect(judged).toContain(id);
    }
    expect(idle.filter(({ id }) => judged.includes(id))).toEqual([]);
    expect(named('accepted', 'refused', 'refused-otherwise', 'not-run').length).toBe(shots.length);
    expect(JSON.stringify(shots)).not.toContain('eyJ');
  });

  it('is found out where it reads base64url in a lax way, as jose alone does', async () => {
    await using api = await listening((request, response) => world.api(request, response, false));
    file('good.jwt', await world.token());
    const { named, failure } = await matrix({ target: api.url, goodToken: 'good.jwt' });
    expect(failure?.exitCode).toBe(3);
    expect(named('wrongly-accepted').map(({ id }) => id)).toEqual([
      'encoding/padding',
      'encoding/unused-bits',
    ]);
  });

  it('is sent genuine tokens that are unfit, where they are handed over', async () => {
    await using api = await listening(world.api);
    file('good.jwt', await world.token());
    file('old.jwt', await world.token({ exp: 1 }));
    file('id.jwt', await world.token({}, 'JWT'));
    file('low.jwt', await world.token({ scope: 'other:read' }));
    file('other.jwt', await world.token({ sub: 'usr_10' }));
    const { named } = await matrix({
      target: api.url,
      goodToken: 'good.jwt',
      given: ['expired=@old.jwt,id-token=@id.jwt', 'low-scope=@low.jwt', 'other-user=@other.jwt'],
      only: ['signature/none'],
    });
    const ids = (outcome: string) => named(outcome).map(({ id }) => id);
    expect(ids('refused')).toEqual([
      'signature/none',
      'given/expired',
      'given/id-token',
      'given/low-scope',
    ]);
    expect(ids('wrongly-accepted')).toEqual(['given/other-user']);
  });

  it('ends 4 with a token that is not good, and names both ways out', async () => {
    await using api = await listening(world.api);
    file('wrong.jwt', await (await otherWorld()).token());
    const { failure, data } = await matrix({ target: api.url, goodToken: 'wrong.jwt' });
    expect(failure).toMatchObject({ code: 'TOKEN_TARGET_REFUSES_GOOD', exitCode: 4 });
    expect(failure?.hint).toMatch(/hand over a token.*keys export/s);
    const same = (text: string) => text;
    const style = { bold: same, dim: same, good: same, bad: same, warn: same };
    expect(data.text(style)).toContain(failure?.hint);
    expect(api.requests).toHaveLength(1);
    const ours = await matrix({ target: api.url });
    expect(ours.failure?.hint).toMatch(/keys export.*--good-token/s);
  });

  it('stops making tokens of one that has expired meanwhile', async () => {
    await using api = await listening((_, response) => response.end());
    file('good.jwt', await world.token({ exp: Math.floor(systemClock.now() / 1000) - 1 }));
    const { named } = await matrix({
      target: api.url,
      goodToken: 'good.jwt',
      only: ['signature/none'],
    });
    expect(named('not-run').map(({ explanation }) => explanation)).toEqual([
      'Not run: the good token expired during the run.',
    ]);
  });

  it('may have opaque tokens: they are sent wrongly, not forged', async () => {
    await using api = await listening((request, response) => {
      response.writeHead(request.headers.authorization === 'Bearer 7f3' ? 200 : 401).end();
    });
    const { named } = await matrix(
      { target: api.url, goodToken: '-', only: ['signature', 'transport/query'] },
      { ...context, stdin: bench.withStdin('7f3').stdin },
    );
    expect(new Set(named('not-run').map(({ explanation }) => explanation))).toEqual(
      new Set(['Not run: the good token is no JWT.']),
    );
    expect(named('refused').map(({ id }) => id)).toEqual(['transport/query']);
  });
});

describe('an API that fetches what a token names', () => {
  const fetching = async (request: IncomingMessage, response: ServerResponse) => {
    const [header = ''] = (request.headers.authorization ?? '').slice(7).split('.');
    const { jku } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { jku?: string };
    if (jku?.startsWith('http://127.') === true) await (await fetch(jku)).body?.cancel();
    response.writeHead(jku === undefined ? 200 : 401).end();
  };

  it('is found out, though it refuses the token', async () => {
    await using api = await listening(fetching);
    const { named, failure } = await matrix({ target: api.url, only: ['S15'] });
    const [shot] = named('called-out');
    expect(shot).toMatchObject({ severity: 'critical', answer: { status: 401 } });
    expect(shot?.explanation).toMatch(/^Fetched the address that the token names \(RFC/);
    expect(failure?.exitCode).toBe(3);
  });

  it('is sent elsewhere by --callback, where others watch', async () => {
    await using elsewhere = await listening((_, response) => response.writeHead(404).end());
    await using api = await listening(fetching);
    const callback = `${elsewhere.url}/here`;
    const { named } = await matrix({ target: api.url, only: ['S15'], callback });
    expect(elsewhere.requests.map(({ url }) => url)).toContain('/here');
    expect(named('called-out')).toEqual([]);
  });
});

describe('good tokens', () => {
  it('may come from a program, which is run without a shell, and again when they end', async () => {
    await using api = await listening(world.api);
    const nowS = Math.floor(systemClock.now() / 1000);
    file('brief.jwt', await world.token({ exp: nowS + 5 }));
    file(
      'print.mjs',
      `console.log((await import('fs')).readFileSync(process.argv[2],'utf8'));
      (await import('fs')).appendFileSync('runs', process.argv[3] ?? '-')`,
    );
    const input = { target: api.url, only: ['transport/query'] };
    const tokenCommand = `${process.execPath} print.mjs brief.jwt $HOME`;
    const { code } = await matrix({ ...input, tokenCommand });
    expect(code).toBeUndefined();
    const { readFileSync } = await import('node:fs');
    // Once for the good token and once for the other: neither was to live for ten seconds.
    expect(readFileSync(join(context.cwd, 'runs'), 'utf8')).toBe('$HOME$HOME');
  });

  it.each([
    ['no-such-program-here', 'no such program'],
    [`${process.execPath} -e process.exit(7)`, 'it ended with 7'],
    [`${process.execPath} -e 0`, 'it is empty'],
    [`${process.execPath} -p "a\\ b"`, 'one word'],
  ])('are not had from %s', async (tokenCommand, why) => {
    const input = { target: 'http://127.0.0.1:1', tokenCommand };
    await expect(matrix(input)).rejects.toMatchObject({
      code: 'TOKEN_SOURCE',
      message: expect.stringContaining(why),
    });
  });

  it('may come from an issuer, by discovery and client credentials', async () => {
    await using api = await listening((request, response) => world.api(request, response));
    await using idp = await listening(async (request, response) => {
      response.setHeader('content-type', 'application/json');
      if (request.url?.startsWith('/.well-known/') === true) {
        response.end(
          JSON.stringify({
            issuer: idp.url,
            token_endpoint: `${idp.url}/token`,
            jwks_uri: `${idp.url}/jwks`,
          }),
        );
      } else if (request.url === '/jwks') response.end(JSON.stringify(world.jwks));
      else {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        const form = new URLSearchParams(body);
        const isRight = form.get('client_secret') === 's3cret' && form.get('scope') === 'a b';
        if (!isRight) response.writeHead(400).end('{"error":"invalid_client"}');
        else {
          const access_token = await world.token();
          response.end(JSON.stringify({ access_token, token_type: 'Bearer', expires_in: 300 }));
        }
      }
    });
    const input = {
      target: api.url,
      issuer: idp.url,
      clientId: 'me',
      clientSecretEnv: 'SECRET',
      scopes: ['a', 'b'],
      only: ['signature/bit-flip'],
    };
    const withSecret = (SECRET: string) => ({
      ...context,
      environment: { ...context.environment, SECRET },
    });
    const { code, named } = await matrix(input, withSecret('s3cret'));
    expect([code, named('refused').length]).toEqual([undefined, 1]);
    const wrong = matrix(input, withSecret('gu3ss'));
    await expect(wrong).rejects.toMatchObject({ code: 'TOKEN_SOURCE' });
    await expect(wrong).rejects.not.toMatchObject({ message: expect.stringContaining('gu3ss') });
    await expect(matrix(input)).rejects.toMatchObject({ code: 'USAGE_INVALID' });
  });

  it('come from one place', async () => {
    await expect(
      matrix({ target: 'http://127.0.0.1:1', goodToken: 'f', tokenCommand: 'c' }),
    ).rejects.toMatchObject({ code: 'USAGE_INVALID' });
  });
});

describe('targets', () => {
  it.each(['https://api.elsewhere.test/a', 'http://10.0.0.7/', 'far'])(
    'beyond this machine are refused: %s',
    async (target) => {
      await expect(matrix({ target })).rejects.toMatchObject({ code: 'TOKEN_TARGET_NOT_ALLOWED' });
    },
  );

  it.each([
    [{ target: 'https://staging.acme.test/a', perSecond: 6 }, 'too fast'],
    [{ target: 'https://api.elsewhere.test/a', ownsTarget: true, perSecond: 6 }, 'too fast'],
    [{ target: 'https://u:p@staging.acme.test/a' }, 'user or password'],
    [{ target: 'reed' }, '"read"'],
    [{ target: 'ftp://127.0.0.1/' }, 'no target'],
    [{ target: 'read', body: '@nothing.json' }, 'cannot read the body'],
    [{ target: 'read', accept: 'ok' }, '--accept "ok"'],
    [{ target: 'read', refuse: '4x' }, '--refuse "4x"'],
    [{ target: 'read', given: ['expired=token'] }, '--with is not of the form'],
    [{ target: 'read', given: ['expird=@f'] }, '"expired"'],
  ] as [Partial<MatrixInput>, string][])('are asked for rightly: %j', async (input, message) => {
    await expect(matrix(input)).rejects.toMatchObject({
      code: 'USAGE_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('come from fintech.yaml, all of them where none is named', async () => {
    await using api = await listening((_, response) => response.end());
    using other = tokenBench(`
name: x
identity: { personas: { customer: { sub: c, scopes: [a:read] }, boss: { sub: b, scopes: [a:write] } } }
matrix:
  targets:
    - { name: read, url: '${api.url}/r?page=1' }
    - { name: write, url: '${api.url}/w', method: POST, body: '{"id":"{{uuid}}"}', persona: boss, scope: 'a:write a:read' }
`);
    const there = { ...other.context, clock: systemClock };
    const { data } = await matrix({ only: ['signature/none'] }, there);
    expect(data.report.targets).toMatchObject([
      { name: 'read', method: 'GET', url: `${api.url}/r`, verdict: 'holes' },
      { name: 'write', method: 'POST', url: `${api.url}/w`, verdict: 'holes' },
    ]);
    expect(api.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /r?page=1',
      'GET /r?page=1',
      'POST /w',
      'POST /w',
    ]);
    const payload = api.requests[2]?.headers.authorization?.split('.')[1] ?? '';
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      sub: 'b',
      scope: 'a:write a:read',
    });
  });

  it('must be named where there are none', async () => {
    using other = tokenBench();
    await expect(matrix({}, other.context)).rejects.toMatchObject({ code: 'USAGE_MISSING_VALUE' });
  });
});

describe('which defects are sent', () => {
  it.each([
    [{ only: ['T1', 'transport/query'] }, ['transport/missing', 'transport/query']],
    [
      { only: ['T'], skip: ['T2', 'T4', 'T6', 'T7'] },
      ['transport/missing', 'transport/token-empty', 'transport/query'],
    ],
    [{ only: ['dpop/*'], skip: ['D'] }, []],
  ])('is said by id, group, row and letter: %j', async (choice, ids) => {
    await using api = await listening((_, response) => response.end());
    const { shots } = await matrix({ target: api.url, ...choice });
    expect(shots.map(({ id }) => id).slice(1)).toEqual(ids);
  });

  it('have their keys made before the first is sent, so that a cache of keys can know them', async () => {
    const known = new Set<unknown>();
    await using api = await listening(async (request, response) => {
      const { data } = await listKeys(context);
      if (api.requests.length === 1) for (const { kid } of data.keys) known.add(kid);
      const [header = ''] = (request.headers.authorization ?? '').slice(7).split('.');
      const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid?: string };
      response.writeHead(known.has(kid) ? 200 : 401).end();
    });
    const { named } = await matrix({ target: api.url, only: ['S6', 'S33'] });
    const twins = named('accepted').map(({ id }) => id);
    expect(twins).toEqual(expect.arrayContaining(['good', 'good/PS256']));
    expect(named('not-run')).toEqual([]);
  });

  it('must be known', async () => {
    await expect(matrix({ target: 'read', only: ['transport/missin'] })).rejects.toMatchObject({
      code: 'TOKEN_UNKNOWN_DEFECT',
      message: expect.stringContaining('"transport/missing"'),
    });
  });

  it('are none, and nothing can be said', async () => {
    await using api = await listening((_, response) => response.end());
    const { failure } = await matrix({ target: api.url, only: ['dpop'] });
    expect(failure).toMatchObject({ code: 'TOKEN_MATRIX_INCONCLUSIVE', exitCode: 4 });
  });
});
