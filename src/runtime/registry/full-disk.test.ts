import { expect, it } from 'vitest';
import { smallDisk } from '../../kernel/small-disk.fixture.ts';
import { systemClock } from '../../kernel/time.ts';
import { depsFor, type LoggedLine } from './registry-fixture.ts';
import { serveRegistry } from './serve.ts';

const NO_MOUNT = 'only root may mount a small disk';
const DISK_BYTES = 1_048_576;
const listen = { host: '127.0.0.1', port: 0 };

function callsTo(url: string) {
  const put = async (path: string, body?: object) => {
    const answer = await fetch(`${url}/v1/agent/${path}`, {
      method: 'PUT',
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text() };
  };
  return {
    beat: (id: string) => put(`check/fail/service:${id}`),
    register: (id: string) =>
      put('service/register', { Name: id, ID: id, Check: { TTL: '60s', Status: 'passing' } }),
    services: async () => {
      const answer = await fetch(`${url}/v1/agent/services`);
      return Object.keys((await answer.json()) as object);
    },
    statusOf: async (id: string) => {
      const answer = await fetch(`${url}/v1/health/checks/${id}`);
      return ((await answer.json()) as { Status: string }[])[0]?.Status;
    },
  };
}

it('a registry on a full disk refuses registrations, keeps health true, and goes on once there is room', async ({
  skip,
}) => {
  using disk = smallDisk(DISK_BYTES);
  if (disk === undefined) return skip(NO_MOUNT);
  const lines: LoggedLine[] = [];
  const acknowledged: string[] = [];
  {
    await using registry = await serveRegistry(
      { dataDir: disk.path, listen },
      depsFor(systemClock, lines),
    );
    const calls = callsTo(registry.url);
    const registerUntilRefused = async (prefix: string) => {
      for (let at = 0; ; at++) {
        const answer = await calls.register(`${prefix}-${at}`);
        if (answer.status !== 200) return answer;
        acknowledged.push(`${prefix}-${at}`);
      }
    };
    await calls.register('pay');
    acknowledged.push('pay');
    disk.fill();
    expect(await registerUntilRefused('full')).toEqual({
      status: 500,
      text: 'database or disk is full',
    });
    expect(lines.at(-1)).toMatchObject({
      level: 'error',
      fields: { reason: 'database or disk is full' },
    });
    expect((await calls.services()).sort()).toEqual([...acknowledged].sort());
    expect(await calls.beat('pay')).toMatchObject({ status: 200 });
    expect(await calls.statusOf('pay')).toBe('critical');
    disk.free();
    expect(await calls.register('later')).toMatchObject({ status: 200 });
    acknowledged.push('later');
  }
  await using again = await serveRegistry({ dataDir: disk.path, listen }, depsFor(systemClock));
  expect((await callsTo(again.url).services()).sort()).toEqual([...acknowledged].sort());
});

it('a registry that finds its disk full does not start, and says why', async ({ skip }) => {
  using disk = smallDisk(DISK_BYTES);
  if (disk === undefined) return skip(NO_MOUNT);
  const start = () => serveRegistry({ dataDir: disk.path, listen }, depsFor(systemClock));
  const first = await start();
  await first[Symbol.asyncDispose]();
  disk.fill();
  await expect(start()).rejects.toMatchObject({
    code: 'SANDBOX_UNIT_FAILED',
    message: expect.stringContaining(`cannot open ${disk.path}/registry.db: `),
    hint: expect.stringContaining('disk is full'),
  });
  disk.free();
  await using _again = await start();
});
