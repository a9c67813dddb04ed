import { join } from 'node:path';
import { request } from 'undici';
import { expect, it } from 'vitest';
import { smallDisk } from '../../kernel/small-disk.fixture.ts';
import { makeSurroundings, startProcess, type Surroundings } from './serve-process.fixture.ts';
import { CHECKPOINT_CHARACTERS } from './sqlite/writer.ts';

const NO_MOUNT = 'only root may mount a small disk';
const FULL = 'database or disk is full';

interface Answer {
  status: number;
  json: Record<string, unknown>;
}

/** A client of one event store, and the ids of what the store acknowledged to it. */
function clientOf({ headers }: Surroundings, url: string) {
  const acknowledged: string[] = [];
  const ask = async (path: string, body?: string): Promise<Answer> => {
    const method = body === undefined ? 'GET' : 'POST';
    const answer = await request(url + path, { method, headers, body: body ?? null });
    return { status: answer.statusCode, json: (await answer.body.json()) as Answer['json'] };
  };
  const append = async (id: string, characters: number): Promise<Answer> => {
    const data = 'x'.repeat(characters);
    const event = { specversion: '1.0', id, source: '/s', type: 't', data };
    const answer = await ask('/streams/s', JSON.stringify(event));
    if (answer.status === 201) acknowledged.push(id);
    return answer;
  };
  return {
    acknowledged,
    append,
    /** Appends events of this size until one is refused. @returns the refusal */
    appendUntilRefused: async (prefix: string, characters: number): Promise<Answer> => {
      for (let at = 0; ; at++) {
        const answer = await append(`${prefix}-${at}`, characters);
        if (answer.status !== 201) return answer;
      }
    },
    ready: () => ask('/health/ready'),
    ids: async (): Promise<unknown[]> => {
      const answer = await request(`${url}/events`, { headers });
      const lines = (await answer.body.text()).trimEnd().split('\n');
      return lines.map((line) => (JSON.parse(line) as { id: unknown }).id);
    },
  };
}

function on(disk: { path: string }, surroundings: Surroundings): Surroundings {
  return {
    ...surroundings,
    options: { ...surroundings.options, dataDir: join(disk.path, 'events') },
  };
}

it('a store on a full disk refuses, says why, reads on, and appends again once there is room', async ({
  skip,
}) => {
  using disk = smallDisk(2 * 1024 * 1024);
  if (disk === undefined) return skip(NO_MOUNT);
  await using anywhere = await makeSurroundings();
  const surroundings = on(disk, anywhere);
  await using server = await startProcess(surroundings);
  const client = clientOf(surroundings, server.url);
  for (let at = 0; at < 10; at++) await client.append(`first-${at}`, 20_000);
  disk.fill();
  expect(await client.appendUntilRefused('full', 100)).toMatchObject({
    status: 503,
    json: {
      type: 'urn:fintech:problem:store-unavailable',
      detail: `Nothing was written: ${FULL}.`,
    },
  });
  expect(await client.ready()).toEqual({
    status: 503,
    json: { status: 'unavailable', detail: FULL },
  });
  expect(await client.ids()).toEqual(client.acknowledged);
  disk.free();
  expect(await client.ready()).toMatchObject({ status: 200 });
  expect(await client.append('last', 20_000)).toMatchObject({ status: 201 });
  expect(await client.ids()).toEqual(client.acknowledged);
  expect(server.child.exitCode).toBe(null);
});

it('a disk with no room to move the log into its file closes nothing for good', async ({
  skip,
}) => {
  using disk = smallDisk(CHECKPOINT_CHARACTERS + 6_000_000);
  if (disk === undefined) return skip(NO_MOUNT);
  await using anywhere = await makeSurroundings();
  const surroundings = on(disk, anywhere);
  await using server = await startProcess(surroundings);
  const client = clientOf(surroundings, server.url);
  const refusal = await client.appendUntilRefused('large', 500_000);
  expect(client.acknowledged.length * 500_000).toBeGreaterThan(CHECKPOINT_CHARACTERS);
  expect(refusal.json['detail']).toBe(`Nothing was written: ${FULL}.`);
  expect(await client.ids()).toEqual(client.acknowledged);
  disk.grow(6 * CHECKPOINT_CHARACTERS);
  const before = client.acknowledged.length;
  for (let at = 0; at < 40; at++) await client.append(`after-${at}`, 500_000);
  expect(client.acknowledged).toHaveLength(before + 40);
  expect(await client.ids()).toEqual(client.acknowledged);
});

it('a store starts on a full disk, for reading, and loses nothing it acknowledged', async ({
  skip,
}) => {
  using disk = smallDisk(2 * 1024 * 1024);
  if (disk === undefined) return skip(NO_MOUNT);
  await using anywhere = await makeSurroundings();
  const surroundings = on(disk, anywhere);
  let acknowledged: string[];
  {
    await using server = await startProcess(surroundings);
    const client = clientOf(surroundings, server.url);
    await client.appendUntilRefused('one', 20_000);
    disk.fill();
    await client.appendUntilRefused('two', 100);
    ({ acknowledged } = client);
  }
  await using again = await startProcess(surroundings);
  const client = clientOf(surroundings, again.url);
  expect(await client.ids()).toEqual(acknowledged);
  expect(await client.ready()).toMatchObject({ status: 503, json: { detail: FULL } });
  disk.free();
  disk.grow(4 * 1024 * 1024);
  expect(await client.append('last', 100)).toMatchObject({ status: 201 });
});
