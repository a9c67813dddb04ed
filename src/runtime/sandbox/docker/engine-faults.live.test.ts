import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { systemClock } from '../../../kernel/time.ts';
import { describeWithOwnEngine } from '../testing/docker-engine.ts';
import { type OwnEngine, ownEngine } from '../testing/docker-own-engine.ts';
import { FaultBench, WAIT } from './faults.fixture.ts';
import { recordingReporter } from './image/image.fixture.ts';

const READY = { registry: 'ready', identity: 'ready', events: 'ready', gateway: 'ready' };

describeWithOwnEngine('a sandbox whose Docker engine goes away', () => {
  let engine: OwnEngine;
  let bench: FaultBench;
  beforeAll(async () => {
    engine = await ownEngine();
    bench = new FaultBench({ engine });
  });
  afterAll(async () => {
    await engine.start();
    await bench[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  /** Pulls the plug: neither the engine nor a container ends in order. */
  async function losePower(): Promise<void> {
    const units = ['registry', 'identity', 'events', 'gateway'];
    const inspected = await Promise.all(units.map((unit) => bench.inspect(unit)));
    await engine.kill();
    for (const { State } of inspected) process.kill(State.Pid, 'SIGKILL');
  }

  it.each([
    ['is stopped', () => engine.stop()],
    ['is killed', () => engine.kill()],
    ['loses power with its containers', losePower],
  ])(
    'says so in time when it %s, and is healed by the next up, with its data',
    async (how, end) => {
      const told = recordingReporter();
      const sandbox = await bench.start({ reporter: told.reporter });
      expect(await bench.append(how)).toMatchObject({ status: 201 });

      await end();
      const beforeMs = systemClock.monotonicMs();
      const absent = {
        code: 'SANDBOX_DRIVER_ABSENT',
        hint: expect.stringContaining('Start Docker'),
      };
      await expect(bench.status()).rejects.toMatchObject(absent);
      await expect(bench.driver.purge({ data: false })).rejects.toMatchObject({
        code: absent.code,
      });
      await expect(sandbox.status()).rejects.toMatchObject({ code: absent.code });
      expect(systemClock.monotonicMs() - beforeMs).toBeLessThan(1000);
      const lost = () => told.lines.filter((line) => line.includes('connection to it was lost'));
      await vi.waitFor(() => expect(lost()).toHaveLength(1), WAIT);

      await engine.start();
      const returned = () => told.lines.filter((line) => line.startsWith('Docker answers again'));
      await vi.waitFor(() => expect(returned()).toHaveLength(1), WAIT);
      const states = Object.values(await bench.states());
      if (states.length === 0) await bench.start();
      else await bench.startMissing();
      expect(await bench.states()).toEqual(READY);
      expect(await bench.events()).toContain(how);
      expect(lost()).toHaveLength(1);
      await (await bench.make().attach())?.stop();
      await sandbox.stopped;
    },
  );
});
