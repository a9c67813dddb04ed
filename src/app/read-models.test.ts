import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ndjson } from '../verify/testing/log-writer.ts';
import { bank } from '../verify/testing/scenario.ts';
import { tokenBench } from './tokens.fixture.ts';
import { verify, type VerifyInput } from './verify.ts';
import { VERIFY_INPUT } from './verify-input.fixture.ts';

const INPUT: VerifyInput = { ...VERIFY_INPUT, only: ['projection/*'] };

/** What a ledger says after alice was given 100, or this much. */
const model = (alice: number) => {
  const value = (kind: string, balance: number) => ({
    currency: 'EUR',
    kind,
    status: 'open',
    balance,
    held: 0,
  });
  return [
    { position: '4' },
    { key: 'alice', value: value('liability', alice) },
    { key: 'bob', value: value('liability', 0) },
    { key: 'cash', value: value('asset', 100) },
  ]
    .map((line) => JSON.stringify(line))
    .join('\n');
};

function bench(config = 'name: bank\n') {
  const made = tokenBench(config);
  const write = (name: string, text: string | Buffer) =>
    writeFileSync(join(made.context.cwd, name), text);
  write('log.ndjson', ndjson(bank().fund(100).events));
  const run = (place: string, projection = 'balances') =>
    verify(made.context, { ...INPUT, readModels: [{ projection, place }] });
  return { ...made, write, run, [Symbol.dispose]: () => made[Symbol.dispose]() };
}

async function service(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/internal/projections/balances`,
    [Symbol.dispose]: () => void server.close(),
  };
}

test('a read model in a file is compared, and the command that shows it again names it', async () => {
  using at = bench();
  at.write('live balances.ndjson', model(100));
  expect((await at.run('live balances.ndjson')).failure).toBeUndefined();
  at.write('live balances.ndjson', model(90));
  const { data, failure } = await at.run('live balances.ndjson');
  expect(failure?.details['found']).toEqual({ 'projection/diff': 1 });
  expect(data.report.findings[0]?.reproduce).toBe(
    "fintech verify log.ndjson --read-model 'balances=live balances.ndjson' --only projection/diff",
  );
});

test('one at an address is fetched with FINTECH_TOKEN, else with a token of the workspace', async () => {
  const seen: string[] = [];
  using live = await service((request, response) => {
    seen.push(request.headers.authorization ?? '');
    response.end(model(100));
  });
  using at = bench();
  expect((await at.run(live.url)).failure).toBeUndefined();
  const [, payload = ''] = (seen[0] ?? '').split('.');
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
    scope: 'projections:read',
  });
  Object.assign(at.context.environment, { FINTECH_TOKEN: 'given' });
  await at.run(live.url);
  expect(seen[1]).toBe('Bearer given');
});

test('what cannot be read is said, and is no finding', async () => {
  using refusing = await service((_, response) => response.writeHead(403).end('no'));
  using at = bench('name: bank\nservices: { ledger: { path: services/ledger } }\n');
  await expect(at.run(refusing.url)).rejects.toMatchObject({
    code: 'VERIFY_SOURCE',
    message: `cannot read the read model ${refusing.url}: it answered 403`,
  });
  await expect(at.run('http://127.0.0.1:9/')).rejects.toMatchObject({ code: 'VERIFY_SOURCE' });
  await expect(at.run('nothing.ndjson')).rejects.toThrow('cannot read the read model nothing');
  await expect(at.run('ledger')).rejects.toMatchObject({ code: 'SANDBOX_NOT_RUNNING' });
  at.write('page.html', '<html>');
  await expect(at.run('page.html')).rejects.toThrow('page.html, line 1: no JSON');
});

test('a projection that is none is refused with the nearest name', async () => {
  using at = bench();
  at.write('live.ndjson', model(100));
  await expect(at.run('live.ndjson', 'balance')).rejects.toThrow('Did you mean "balances"?');
});

test('a read model is of one log', async () => {
  using at = bench();
  at.write('other.ndjson', '');
  const readModels = [{ projection: 'balances', place: 'live.ndjson' }];
  const sources = ['log.ndjson', 'other.ndjson'];
  await expect(verify(at.context, { ...INPUT, sources, readModels })).rejects.toThrow(
    'a read model is of one log',
  );
});

test('a read model of fintech.yaml is the sandbox’s, and not asked for a file’s', async () => {
  using at = bench('name: bank\nverify: { readModels: { balances: nothing.ndjson } }\n');
  const { data } = await verify(at.context, INPUT);
  expect(data.report.checks[0]?.reason).toBe('no read model was named');
});
