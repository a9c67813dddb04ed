import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { markOf } from '../../src/runtime/sandbox/processes.ts';
import { fintech, fintechJson, temporaryFolder, write } from './program.ts';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 20);
const WRITERS = 8;

let folder: ReturnType<typeof temporaryFolder>;
let cwd: string;
beforeAll(() => {
  folder = temporaryFolder();
  cwd = folder.path;
  write(join(cwd, 'fintech.yaml'), 'name: killed\n');
});
afterAll(async () => {
  await fintech(['down'], { cwd });
  folder[Symbol.dispose]();
});

interface Acknowledged {
  id: string;
  position: string;
}

/** Appends until the store is gone. Every answer that came is an event that must stay. */
async function appendUntilKilled(
  url: string,
  token: string,
  prefix: string,
): Promise<Acknowledged[]> {
  const acknowledged: Acknowledged[] = [];
  using dispatcher = agent();
  for (let count = 0; ; count++) {
    const id = `${prefix}-${count}`;
    try {
      const answer = await request(`${url}/streams/${prefix}`, {
        method: 'POST',
        dispatcher: dispatcher.agent,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          specversion: '1.0',
          id,
          source: '/kill',
          type: 'a.b',
          data: { count },
        }),
      });
      const { positions } = (await answer.body.json()) as { positions: string[] };
      expect(answer.statusCode).toBe(201);
      acknowledged.push({ id, position: positions[0] ?? '' });
    } catch {
      return acknowledged;
    }
  }
}

function agent(): { agent: Agent } & Disposable {
  const made = new Agent({ connections: 1 });
  return { agent: made, [Symbol.dispose]: () => void made.destroy() };
}

it(
  `loses and doubles nothing it acknowledged over ${ROUNDS} kills, and each next up heals`,
  { timeout: 600_000 },
  async () => {
    const acknowledged: Acknowledged[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const started = await fintech(['up', '--detach'], { cwd });
      expect(started.exitCode).toBe(0);
      const { data: env } = await fintechJson<Record<string, string>>(['env'], { cwd });
      const mint = ['token', 'mint', '--aud', 'events', '--scope', 'events:append'];
      const token = (await fintech(mint, { cwd })).stdout.trim();
      const url = env['FINTECH_EVENTS_URL'] ?? '';
      const writers = Array.from({ length: WRITERS }, (_, writer) =>
        appendUntilKilled(url, token, `r${round}-w${writer}`),
      );
      // Spread over the life of a commit, and the same on every run.
      await new Promise((resolve) => setTimeout(resolve, 100 + ((round * 37) % 150)));
      const state = JSON.parse(readFileSync(join(cwd, '.fintech/state.json'), 'utf8')) as {
        host: { pid: number };
      };
      process.kill(state.host.pid, 'SIGKILL');
      const fruits = (await Promise.all(writers)).flat();
      expect(fruits.length).toBeGreaterThan(0);
      acknowledged.push(...fruits);
      await vi.waitFor(() => expect(markOf(state.host.pid)).toBeUndefined());
    }
    expect((await fintech(['up', '--detach'], { cwd })).exitCode).toBe(0);
    const lines = (await fintech(['events', 'export'], { cwd })).stdout.trimEnd().split('\n');
    const stored = lines.map((line) => JSON.parse(line) as { id: string; globalposition: string });
    expect(new Set(stored.map(({ id }) => id)).size).toBe(stored.length);
    expect(stored.map(({ globalposition }) => globalposition)).toEqual(
      stored.map((_, index) => String(index + 1)),
    );
    const positionOf = new Map(stored.map(({ id, globalposition }) => [id, globalposition]));
    const lost = acknowledged.filter(({ id, position }) => positionOf.get(id) !== position);
    expect(lost).toEqual([]);
    expect(await fintech(['verify', '--only', 'log/*'], { cwd })).toMatchObject({ exitCode: 0 });
  },
);
