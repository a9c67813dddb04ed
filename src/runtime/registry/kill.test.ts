import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './registry-fixture.ts';

const KILLS = 20;
const PROGRAM = `
  import { serveRegistry } from ${JSON.stringify(new URL('serve.ts', import.meta.url).href)};
  import { systemClock } from ${JSON.stringify(new URL('../../kernel/time.ts', import.meta.url).href)};
  import { systemRandom } from ${JSON.stringify(new URL('../../kernel/random.ts', import.meta.url).href)};
  const running = await serveRegistry(
    { dataDir: process.argv[1], listen: { host: '127.0.0.1', port: 0 } },
    { clock: systemClock, random: systemRandom, log: () => {} },
  );
  console.log(running.url);
`;

async function startChild(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, url };
}

/** Registers, beats and deregisters until the server dies; keeps what it acknowledged. */
async function work(
  url: string,
  prefix: string,
  acknowledged: Map<string, boolean>,
): Promise<number> {
  let topIndex = 0;
  const put = async (path: string, body: object) => {
    const response = await fetch(url + path, { method: 'PUT', body: JSON.stringify(body) });
    await response.arrayBuffer();
    return response.ok;
  };
  try {
    for (let at = 0; ; at++) {
      const id = `${prefix}-${at}`;
      if (await put('/v1/agent/service/register', { Name: 'pay', ID: id, Check: { TTL: '60s' } })) {
        acknowledged.set(id, true);
      }
      await put(`/v1/agent/check/pass/service:${id}`, {});
      if (at % 5 === 4) {
        const gone = `${prefix}-${at - 2}`;
        // Unknown either way until the answer is here.
        acknowledged.delete(gone);
        if (await put(`/v1/agent/service/deregister/${gone}`, {})) acknowledged.set(gone, false);
      }
      const { headers } = await fetch(`${url}/v1/health/state/any`);
      topIndex = Math.max(topIndex, Number(headers.get('x-consul-index')));
    }
  } catch {
    return topIndex;
  }
}

describe('a registry that is killed', () => {
  it(
    `loses no acknowledged registration and no index in ${KILLS} kills`,
    { timeout: 120_000 },
    async () => {
      using folder = temporaryFolder();
      const acknowledged = new Map<string, boolean>();
      let topIndex = 0;
      for (let round = 0; round < KILLS; round++) {
        const { child, url } = await startChild(folder.path);
        const response = await fetch(`${url}/v1/agent/services`);
        const present = new Set(Object.keys((await response.json()) as object));
        const wrong = [...acknowledged].filter(([id, there]) => present.has(id) !== there);
        expect(wrong).toEqual([]);
        const { headers } = await fetch(`${url}/v1/health/state/any`);
        expect(Number(headers.get('x-consul-index'))).toBeGreaterThanOrEqual(topIndex);
        const workers = ['a', 'b', 'c'].map((name) => work(url, `${round}${name}`, acknowledged));
        await sleep(60 + ((round * 37) % 120));
        child.kill('SIGKILL');
        topIndex = Math.max(topIndex, ...(await Promise.all(workers)));
      }
      expect(acknowledged.size).toBeGreaterThan(KILLS);
    },
  );
});
