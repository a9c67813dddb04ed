/**
 * What an append over HTTP costs beside the same inserts done bare with node:sqlite, in one run on one
 * machine: `node bench/append.ts`. Medians of five rounds; ratios are against the bare inserts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { openDatabase } from '../src/kernel/sqlite.ts';
import {
  makeSurroundings,
  startProcess,
  type Surroundings,
} from '../src/runtime/eventstore/serve-process.fixture.ts';

const ROUNDS = 5;
const ROUND_MS = 1500;
const WARM_UP_MS = 500;

interface Shape {
  name: string;
  clients: number;
  batch: number;
}

const SHAPES: readonly Shape[] = [
  { name: '1 client, single events', clients: 1, batch: 1 },
  { name: '64 clients, single events', clients: 64, batch: 1 },
  { name: '1 client, batches of 100', clients: 1, batch: 100 },
  { name: '64 clients, batches of 100', clients: 64, batch: 100 },
];

let count = 0;

function makeEvent(): { id: string; text: string } {
  const id = crypto.randomUUID();
  const event = {
    specversion: '1.0',
    id,
    source: 'urn:acme:ledger',
    type: 'com.acme.ledger.transaction-posted.v1',
    time: '2027-01-01T00:00:00.000Z',
    data: {
      transactionId: `txn_${count++}`,
      postings: [
        { accountId: 'acct_treasury', direction: 'debit', amount: 1250, currency: 'EUR' },
        { accountId: 'acct_customer', direction: 'credit', amount: 1250, currency: 'EUR' },
      ],
    },
  };
  return { id, text: JSON.stringify(event) };
}

function makeEvents(batch: number): { id: string; text: string }[] {
  return Array.from({ length: batch }, makeEvent);
}

/** Events per second of one round. */
async function overHttp({ clients, batch }: Shape, url: string, { headers }: Surroundings) {
  const agent = new Agent({ connections: clients, pipelining: 1 });
  const run = async (ms: number) => {
    const startMs = performance.now();
    let appended = 0;
    await Promise.all(
      Array.from({ length: clients }, async (_, client) => {
        while (performance.now() - startMs < ms) {
          const events = makeEvents(batch).map(({ text }) => text);
          const body = batch === 1 ? events.join() : `[${events.join()}]`;
          const path = `${url}/streams/stream-${client}`;
          const answer = await request(path, { method: 'POST', headers, body, dispatcher: agent });
          await answer.body.dump();
          if (answer.statusCode !== 201) throw new Error(`answered ${answer.statusCode}`);
          appended += batch;
        }
      }),
    );
    return (appended * 1000) / (performance.now() - startMs);
  };
  await run(WARM_UP_MS);
  const rate = await run(ROUND_MS);
  await agent.close();
  return rate;
}

/** The same table and indexes, one transaction for each append, nothing else. */
function bare(batch: number, path: string): number {
  const database = openDatabase(path);
  database.exec(`CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY, stream TEXT, revision INTEGER, source TEXT, id TEXT, type TEXT,
    recorded INTEGER, line TEXT, UNIQUE (stream, revision), UNIQUE (id, source)) STRICT`);
  const insert = database.prepare('INSERT INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)');
  const startMs = performance.now();
  let appended = 0;
  while (performance.now() - startMs < ROUND_MS) {
    const events = makeEvents(batch);
    database.exec('BEGIN IMMEDIATE');
    for (const { id, text } of events) {
      insert.run('stream-0', count++, 'urn:acme:ledger', id, 'transaction-posted', 0, text);
    }
    database.exec('COMMIT');
    appended += batch;
  }
  const rate = (appended * 1000) / (performance.now() - startMs);
  database.close();
  return rate;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

await using surroundings = await makeSurroundings();
await using server = await startProcess(surroundings);
const folder = await mkdtemp(join(tmpdir(), 'bench-'));
console.log('shape                        HTTP events/s   bare events/s   ratio');
for (const shape of SHAPES) {
  const http: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    http.push(await overHttp(shape, server.url, surroundings));
    plain.push(bare(shape.batch, join(folder, `batch-${shape.batch}.db`)));
  }
  const [ours, theirs] = [median(http), median(plain)];
  const figures = [ours.toFixed(0).padStart(13), theirs.toFixed(0).padStart(15)];
  console.log(
    `${shape.name.padEnd(27)} ${figures.join(' ')} ${(ours / theirs).toFixed(2).padStart(7)}`,
  );
}
await rm(folder, { recursive: true });
