import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { type Log, silentLog } from '../../kernel/log.ts';
import { systemRandom } from '../../kernel/random.ts';
import { smallDisk } from '../../kernel/small-disk.fixture.ts';
import { ManualClock, systemClock } from '../../kernel/time.ts';
import { openIssuerStore } from './issuer/sqlite-adapter.ts';
import { serveIdentity } from './serve.ts';

const NO_MOUNT = 'only root may mount a small disk';
const DISK_BYTES = 1_048_576;

function start(path: string) {
  return serveIdentity(
    {
      issuer: 'http://127.0.0.1:1',
      dataDir: join(path, 'data'),
      keysDir: join(path, 'keys'),
      clients: [{ clientId: 'ledger', secret: 'a-secret', scopes: ['ledger:post'] }],
      personas: [],
      scopes: { api: ['ledger:post'], events: [], admin: [] },
      listen: { host: '127.0.0.1', port: 0 },
    },
    { clock: systemClock, random: systemRandom, log: silentLog },
  );
}

it('an issuer on a full disk gives tokens and is ready', async ({ skip }) => {
  using disk = smallDisk(DISK_BYTES);
  if (disk === undefined) return skip(NO_MOUNT);
  await using identity = await start(disk.path);
  disk.fill();
  const answer = await fetch(`${identity.url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('ledger:a-secret')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  expect(await answer.json()).toMatchObject({ token_type: 'Bearer', scope: 'ledger:post' });
  expect((await fetch(`${identity.url}/health/ready`)).status).toBe(200);
});

it('an issuer that finds its disk full does not start, and says why', async ({ skip }) => {
  using disk = smallDisk(DISK_BYTES);
  if (disk === undefined) return skip(NO_MOUNT);
  const first = await start(disk.path);
  await first[Symbol.asyncDispose]();
  disk.fill();
  await expect(start(disk.path)).rejects.toMatchObject({
    code: 'SANDBOX_UNIT_FAILED',
    message: expect.stringContaining('cannot open '),
    hint: expect.stringContaining('disk is full'),
  });
  disk.free();
  await using _again = await start(disk.path);
});

it('expired entries wait on a full disk, and go once there is room', async ({ skip }) => {
  using disk = smallDisk(DISK_BYTES);
  if (disk === undefined) return skip(NO_MOUNT);
  const clock = new ManualClock();
  const log = vi.fn<Log>();
  mkdirSync(join(disk.path, 'data'));
  using store = openIssuerStore(join(disk.path, 'data'), { clock, log });
  const sessions = store.adapter('Session');
  const put = (id: string) => sessions.upsert(id, { kind: 'Session' }, 60);
  await put('expires');
  disk.fill();
  let refused: unknown;
  for (let at = 0; refused === undefined; at++) {
    refused = await put(`more-${at}`).then(
      () => undefined,
      (error: unknown) => error,
    );
  }
  expect(refused).toMatchObject({ message: 'database or disk is full' });
  clock.advance(60_000);
  expect(log).toHaveBeenCalledExactlyOnceWith('error', 'expired entries not removed', {
    reason: 'database or disk is full',
  });
  await expect(sessions.find('expires')).resolves.toBeUndefined();
  disk.free();
  clock.advance(60_000);
  expect(log).toHaveBeenCalledOnce();
  await put('later');
});
