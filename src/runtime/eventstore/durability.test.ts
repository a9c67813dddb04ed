/* oxlint-disable vitest/no-standalone-expect -- the load is part of the test */
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';
import { seededRandom, systemRandom } from '../../kernel/random.ts';
import { makeSurroundings, type ServerProcess, startProcess } from './serve-process.fixture.ts';

const KILLS = Number(process.env['FINTECH_TEST_KILLS'] ?? 20);
const CLIENTS = 12;
const seed = process.env['FINTECH_TEST_SEED'] ?? systemRandom.uuid();

interface Sent {
  id: string;
  data: { n: number; payload: string };
}

/** One event, a batch, or several streams at once. */
interface Attempt {
  path: string;
  body: string;
  events: Sent[];
  positions?: string[];
}

interface Stored extends Sent {
  subject: string;
  streamrevision: number;
  globalposition: string;
}

test(
  `${KILLS} times kill -9 under load lose, double, reorder and change nothing (FINTECH_TEST_SEED=${seed})`,
  async () => {
    await using surroundings = await makeSurroundings();
    await using cleanup = new AsyncDisposableStack();
    const agent = new Agent({ connections: CLIENTS });
    cleanup.defer(() => agent.destroy());
    const load = new Load(agent, surroundings.headers);
    for (let kill = 0; kill < KILLS; kill++) {
      await using server = await startProcess(surroundings);
      await load.checkAndRetry(server.url);
      await load.run(server, 40 + load.pick(160));
    }
    await using server = await startProcess(surroundings);
    await load.checkAndRetry(server.url);
    expect(load.acknowledged.length).toBeGreaterThan(KILLS * 10);
  },
  20_000 + KILLS * 3000,
);

/** Clients that remember what they sent and what they were told. */
class Load {
  readonly acknowledged: Attempt[] = [];
  #unanswered: Attempt[] = [];
  #log: string[] = [];
  #count = 0;
  readonly #random = seededRandom(seed);
  readonly #agent: Agent;
  readonly #headers: Record<string, string>;

  constructor(agent: Agent, headers: Record<string, string>) {
    this.#agent = agent;
    this.#headers = headers;
  }

  pick(below: number): number {
    return Math.floor(this.#random.fraction() * below);
  }

  /** Appends from all clients, then kills the server among them. */
  async run(server: ServerProcess, ms: number): Promise<void> {
    const state = { killed: false };
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (!state.killed) {
        const attempt = this.#attempt();
        const sent = await this.#send(server.url, attempt).catch(() => undefined);
        if (sent === undefined) this.#unanswered.push(attempt);
        else {
          expect(sent.status).toBe(201);
          this.acknowledged.push({ ...attempt, positions: sent.positions });
        }
      }
    });
    await wait(ms);
    state.killed = true;
    await server.kill();
    await Promise.all(clients);
  }

  /** The log extends what was read before and holds what was acknowledged; the rest is sent again. */
  async checkAndRetry(url: string): Promise<void> {
    const lines = await this.#read(url);
    expect(lines.slice(0, this.#log.length)).toEqual(this.#log);
    const places = checkLog(lines, [...this.acknowledged, ...this.#unanswered]);
    for (const attempt of this.acknowledged) {
      expect(placesOf(attempt, places)).toEqual(attempt.positions);
    }
    for (const attempt of this.#unanswered) {
      const found = placesOf(attempt, places);
      const { status, positions } = await this.#send(url, attempt);
      // It was stored whole, and is answered as it was, or not at all.
      expect({ status, found }).toEqual(
        found.includes(undefined)
          ? { status: 201, found: attempt.events.map(() => undefined) }
          : { status: 200, found: positions },
      );
      this.acknowledged.push({ ...attempt, positions });
    }
    this.#unanswered = [];
    this.#log = await this.#read(url);
  }

  async #send(
    url: string,
    { path, body }: Attempt,
  ): Promise<{ status: number; positions: string[] }> {
    const options = { method: 'POST', headers: this.#headers, body, dispatcher: this.#agent };
    const answer = await request(url + path, options);
    const { positions, writes = [] } = (await answer.body.json()) as Answer;
    return {
      status: answer.statusCode,
      positions: positions ?? writes.flatMap((write) => write.positions),
    };
  }

  async #read(url: string): Promise<string[]> {
    const { body } = await request(`${url}/events`, {
      headers: this.#headers,
      dispatcher: this.#agent,
    });
    return (await body.text()).split('\n').filter(Boolean);
  }

  #attempt(): Attempt {
    const shape = this.pick(3);
    const streams = Array.from(
      { length: shape === 2 ? 2 + this.pick(2) : 1 },
      (_, index) => `s${index}-${this.pick(5)}`,
    );
    const writes = streams.map((stream) => ({
      stream,
      events: Array.from({ length: shape === 0 ? 1 : 1 + this.pick(20) }, () => this.#event()),
    }));
    const events = writes.flatMap((write) => write.events);
    return shape === 2
      ? { path: '/append', body: JSON.stringify({ writes }), events }
      : { path: `/streams/${streams[0]}`, body: JSON.stringify(events), events };
  }

  #event(): Sent & Record<string, unknown> {
    const data = { n: this.#count++, payload: 'x'.repeat(this.pick(300)) };
    return { specversion: '1.0', id: `e${data.n}`, source: '/load', type: 'sent', data };
  }
}

interface Answer {
  positions?: string[];
  writes?: { positions: string[] }[];
}

/** The position of every event by id; the log as a whole must hold together. */
function checkLog(lines: string[], attempts: readonly Attempt[]): Map<string, string> {
  const sent = new Map(attempts.flatMap(({ events }) => events.map((event) => [event.id, event])));
  const revisions = new Map<string, number>();
  const places = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const stored = JSON.parse(line) as Stored;
    const { id, data, subject, streamrevision, globalposition } = stored;
    const revision = (revisions.get(subject) ?? -1) + 1;
    revisions.set(subject, revision);
    expect({
      id,
      data,
      revision: streamrevision,
      position: globalposition,
      known: places.has(id),
    }).toEqual({
      id,
      data: sent.get(id)?.data,
      revision,
      position: String(index + 1),
      known: false,
    });
    places.set(id, globalposition);
  }
  return places;
}

function placesOf(
  { events }: Attempt,
  places: ReadonlyMap<string, string>,
): (string | undefined)[] {
  return events.map(({ id }) => places.get(id));
}
