import { spawn } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, it } from 'vitest';
import { driverConformance } from '../driver.conformance.ts';
import { isAlive, markOf } from '../processes.ts';
import { type SandboxFixture, sandboxFixture } from '../testing/sandbox-fixture.ts';
import { embeddedDriver } from './driver.ts';
import { readState, writeState } from './state.ts';

driverConformance('embedded', {
  make: embeddedDriver,
  leftovers: ({ stateFolder }) => Promise.resolve(leftovers(stateFolder)),
  hasData: ({ stateFolder }) => Promise.resolve(existsSync(join(stateFolder, 'data', 'events'))),
  leaveWreck,
  stopFromElsewhere: async ({ stateFolder }) => {
    // `attach().stop()` would end the host as well, which here is the test.
    const { control } = readState(stateFolder) ?? {};
    await request(`${control?.url}/stop`, {
      method: 'POST',
      headers: { authorization: `Bearer ${control?.token}` },
    });
  },
});

/** Processes that were seen once: the state file may be gone before they are. */
const seen = new Map<string, ReturnType<typeof marksOf>>();

function marksOf(stateFolder: string) {
  return readState(stateFolder)?.units.flatMap(({ processes }) => processes) ?? [];
}

function leftovers(stateFolder: string): string[] {
  const marks = [...(seen.get(stateFolder) ?? []), ...marksOf(stateFolder)];
  seen.set(stateFolder, marks);
  const files = existsSync(join(stateFolder, 'state.json')) ? ['state.json'] : [];
  return [...marks.filter(isAlive).map(({ pid }) => `process ${pid}`), ...files];
}

/** A state of a host that is gone, and a service of it that is not. */
async function leaveWreck({ stateFolder }: SandboxFixture): Promise<void> {
  const { pid = 0 } = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const orphan = markOf(pid);
  writeState(stateFolder, {
    schemaVersion: 1,
    driver: 'embedded',
    host: { pid: 2 ** 22 - 1, startedAt: 'long ago' },
    control: { url: 'http://127.0.0.1:9', token: 'gone' },
    units: [
      {
        name: 'teller',
        kind: 'service',
        url: 'http://127.0.0.1:9',
        readyPath: '/',
        processes: orphan === undefined ? [] : [orphan],
      },
    ],
  });
}

it('shows a component that cannot start again as stopped, and can be asked once more', async () => {
  using fixture = sandboxFixture();
  const driver = embeddedDriver(fixture.options());
  const sandbox = await driver.start(() => fixture.plan(driver));
  await using _stopped = { [Symbol.asyncDispose]: () => sandbox.stop() };
  const data = join(fixture.stateFolder, 'data', 'events');
  renameSync(data, `${data}.away`);
  writeFileSync(data, 'in the way');
  await expect(sandbox.restart('events')).rejects.toThrow('events did not start');
  const events = async () => (await sandbox.status()).find((unit) => unit.name === 'events');
  expect(await events()).toMatchObject({ state: 'stopped' });
  rmSync(data);
  renameSync(`${data}.away`, data);
  await sandbox.restart('events');
  expect(await events()).toMatchObject({ state: 'ready' });
});
