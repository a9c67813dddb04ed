import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/time.ts';
import { carriageOf, type MintedToken } from '../../model/token-request.ts';
import { DefectBench } from '../identity/defects/catalogue.fixture.ts';
import { DEFECTS } from '../identity/defects/catalogue.ts';
import { type Defect, isMintable } from '../identity/defects/contract.ts';
import { findingFor } from '../identity/defects/refusals.fixture.ts';
import {
  listening,
  sendRaw,
  startGateway,
  type TestGateway,
  type TestServer,
} from './gateway.fixture.ts';

const MINTABLE = DEFECTS.filter(isMintable);
/** What a gateway without further policies must know. */
const SENT = MINTABLE.filter(({ needs }) => needs.every((need) => need === 'dpop'));
/** Proofs and certificates are judged in tests of their own. */
const JUDGED = MINTABLE.filter(({ class: row }) => /^[SC]/.test(row));
const TRIED = MINTABLE.filter((defect) => SENT.includes(defect) || JUDGED.includes(defect));

const bench = new DefectBench(systemClock);
let upstream: TestServer;
let attacker: TestServer;
let gateway: TestGateway;
const reached = { upstream: 0, attacker: 0 };

beforeAll(async () => {
  upstream = await listening((_request, response) => {
    reached.upstream++;
    response.end('done');
  });
  attacker = await listening((_request, response) => {
    reached.attacker++;
    response.end('{"keys":[]}');
  });
  gateway = await startGateway({ ports: [upstream.port], jwks: bench.jwks() });
  bench.callback = `${attacker.url}/keys`;
  bench.target = { method: 'GET', url: `${gateway.url}/v1/payments` };
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await attacker[Symbol.asyncDispose]();
  bench[Symbol.dispose]();
  process.stdout.write(`${table()}\n`);
});

/** Sends it as it is, whatever characters it holds; a new connection each time. */
async function send(minted: MintedToken) {
  const before = reached.upstream;
  const fields = carriageOf(minted).headers.map(([name, value]) => `${name}: ${value}\r\n`);
  const host = `Host: 127.0.0.1:${gateway.port}\r\nConnection: close\r\n`;
  const text = `GET /v1/payments HTTP/1.1\r\n${host}${fields.join('')}\r\n`;
  const answer = await sendRaw(gateway.port, text, 5000);
  const challenge = /^www-authenticate: (.*)\r$/im.exec(answer.text)?.[1] ?? '';
  return {
    status: answer.status,
    scheme: /^(\w+)/.exec(challenge)?.[1] ?? null,
    error: /error="([^"]*)"/.exec(challenge)?.[1] ?? null,
    reached: reached.upstream - before,
    text: answer.text,
  };
}

const pairOf = (defect: Defect) => bench.pair(defect, defect.algorithms?.[0] ?? 'ES256');

type Column = 'defects' | 'judged' | 'answered' | 'twins';
/** What held, for the table that is printed at the end. */
const held: Record<Column, Defect[]> = { defects: TRIED, judged: [], answered: [], twins: [] };

function table(): string {
  const columns = ['defects', 'judged', 'answered', 'twins'] as const;
  const names = [
    'class',
    'defects',
    'refused or accepted rightly',
    'at the gateway',
    'twins accepted',
  ];
  const lines = [...new Set(TRIED.map(({ class: row }) => row))].map((row) => {
    const counts = columns.map((column) => held[column].filter((one) => one.class === row).length);
    return [row, ...counts].map((cell, n) => String(cell).padStart(names[n]?.length ?? 0));
  });
  const totals = ['all', ...columns.map((column) => held[column].length)];
  lines.push(totals.map((cell, n) => String(cell).padStart(names[n]?.length ?? 0)));
  return [names, ...lines].map((line) => line.join('  ')).join('\n');
}

describe('the verifier', () => {
  it.each(JUDGED)('judges $id ($class) for its own reason, and its twin good', async (defect) => {
    const pair = pairOf(defect);
    await bench.joseVerdict(pair.twin.token);
    const verdicts = await bench.ourVerdicts(defect.needs, pair);
    const defective = findingFor(defect, defect.algorithms?.[0] ?? 'ES256');
    expect(verdicts).toEqual({ twin: 'accepted', defective });
    held.judged.push(defect);
    held.twins.push(defect);
  });
});

describe('the gateway', () => {
  it.each(SENT)('answers $id ($class) as it must, and lets its twin in', async (defect) => {
    const { twin, defective } = pairOf(defect);
    const { status, scheme, error } = defect.expect;
    const first = defect.repeated === true ? await send(defective) : undefined;
    expect(first?.reached ?? 1).toBe(1);
    const answer = await send(defective);
    expect(answer).toMatchObject({ status, scheme, error, reached: status === 200 ? 1 : 0 });
    expect(answer.text).not.toContain(defective.token.split('.')[1]?.slice(0, 40) || 'no token');
    held.answered.push(defect);
    expect(await send(twin)).toMatchObject({ status: 200, reached: 1 });
    if (!held.twins.includes(defect)) held.twins.push(defect);
  });

  it('wrote nothing of any of them into its log', async () => {
    const log = JSON.stringify(gateway.lines);
    expect(gateway.lines.length).toBeGreaterThan(SENT.length);
    const payloads = SENT.map((defect) => pairOf(defect).defective.token.split('.')[1] ?? '');
    expect(payloads.filter((text) => text.length > 40 && log.includes(text.slice(0, 40)))).toEqual(
      [],
    );
  });

  it('asked the issuer for its keys twice at most, and nobody that a token names', async () => {
    const named = SENT.filter(({ class: row }) =>
      ['S11', 'S14', 'S15', 'S16', 'S17'].includes(row),
    );
    expect(named.length).toBeGreaterThan(15);
    for (const defect of named) await send(pairOf(defect).defective);
    // Once to start, once for the first key it did not know.
    expect(gateway.issuer.asked).toBe(2);
    expect(reached.attacker).toBe(0);
  });
});
