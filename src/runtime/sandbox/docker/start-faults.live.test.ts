import { afterEach, beforeEach, expect, it } from 'vitest';
import { FintechError } from '../../../kernel/errors.ts';
import { systemClock } from '../../../kernel/time.ts';
import { describeWithDocker } from '../testing/docker-engine.ts';
import { SMALL_SERVICE } from '../testing/sandbox-fixture.ts';
import { FaultBench } from './faults.fixture.ts';
import { containerName, networkName, volumeName } from './project.ts';

const CLEAN_UP_MS = 3000;

describeWithDocker('a start in Docker', () => {
  let bench: FaultBench;
  beforeEach(() => {
    bench = new FaultBench({ services: { teller: { path: 'services/teller' } } });
    bench.fixture.service('teller', SMALL_SERVICE);
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  it('that is interrupted at any step leaves nothing but volumes, soon, and the next one works', async () => {
    const took: number[] = [];
    for (const nth of [1, 5, 8, 12, 15, 19, 30]) {
      const interrupt = new AbortController();
      let atMs = 0;
      using _watch = await bench.atEvent(nth, () => {
        atMs = systemClock.monotonicMs();
        interrupt.abort(new FintechError('INTERRUPTED', `at ${nth}`));
      });
      const starting = bench.start({ signal: interrupt.signal });
      await expect(starting, `at ${nth}`).rejects.toMatchObject({ message: `at ${nth}` });
      took.push(Math.round(systemClock.monotonicMs() - atMs));
      expect(await bench.leftovers(), `at ${nth}`).toEqual([]);
    }
    expect(Math.max(...took)).toBeLessThan(CLEAN_UP_MS);
    await (await bench.start()).stop();
    expect(await bench.leftovers()).toEqual([]);
  });

  it('that another shell stops at any moment ends, or goes on whole where that was too early', async () => {
    const outcomes: string[] = [];
    for (const nth of [2, 9, 14, 20, 30]) {
      const { promise: due, resolve } = Promise.withResolvers<void>();
      using _watch = await bench.atEvent(nth, resolve);
      const starting = bench.start().then(
        () => 'up',
        (error: unknown) => (error as FintechError).message,
      );
      await due;
      const down = await stopAsShell(bench);
      outcomes.push(`${down} ${await starting}`);
      if (down === 'SANDBOX_BUSY') await stopAsShell(bench);
      expect(await bench.leftovers(), outcomes.join()).toEqual([]);
    }
    const possible = ['down the sandbox was stopped meanwhile', 'SANDBOX_BUSY up', 'down up'];
    expect(possible).toEqual(expect.arrayContaining([...new Set(outcomes)]));
  });

  it('stops once, however many shells stop it, and a restart meanwhile does not hold it up', async () => {
    await bench.start();
    const restarting = (await bench.driver.attach())
      ?.restart('teller')
      .catch((error: unknown) => error);
    expect(await Promise.all([stopAsShell(bench), stopAsShell(bench)])).toEqual(['down', 'down']);
    expect([undefined, 'SANDBOX_NOT_RUNNING']).toContain(
      ((await restarting) as FintechError | undefined)?.code,
    );
    expect(await bench.leftovers()).toEqual([]);
  });

  it('leaves alone what was started after another shell had stopped it', async () => {
    const first = await bench.start();
    await stopAsShell(bench);
    const second = await bench.start();
    await first.stopped;
    await first.stop();
    expect(Object.values(await bench.states())).toEqual(Array(5).fill('ready'));
    await second.stop();
  });

  it('heals a network that is gone under stopped containers', async () => {
    await bench.start();
    for (const unit of Object.keys(await bench.states())) await bench.container(unit).kill();
    await bench.docker.getNetwork(networkName(bench.project)).remove();
    await bench.start();
    expect(Object.values(await bench.states())).toEqual(Array(5).fill('ready'));
  });

  it('neither uses nor removes what others made by its names, and says so', async () => {
    const { docker, project } = bench;
    const [image] = await docker.listImages({ filters: { reference: ['fintech-sandbox'] } });
    const container = containerName(project, 'gateway');
    const foreign: [string, () => Promise<{ remove: () => Promise<unknown> }>][] = [
      [networkName(project), () => docker.createNetwork({ Name: networkName(project) })],
      [
        volumeName(project, 'events'),
        () => docker.createVolume({ Name: volumeName(project, 'events') }),
      ],
      [container, () => docker.createContainer({ name: container, Image: image?.Id ?? '' })],
    ];
    for (const [name, make] of foreign) {
      await bench.driver.purge({ data: true });
      const thing = await make();
      const starting = bench.start();
      await expect(starting).rejects.toMatchObject({
        code: 'SANDBOX_UNIT_FAILED',
        message: expect.stringContaining(name),
        hint: expect.stringContaining(`${name}\``),
      });
      expect(await bench.leftovers()).toEqual([]);
      await thing.remove();
    }
  });
});

/** What `down` does. @returns its end */
async function stopAsShell(bench: FaultBench): Promise<string> {
  try {
    const driver = bench.make();
    await (await driver.attach())?.stop();
    await driver.purge({ data: false });
    return 'down';
  } catch (error) {
    return error instanceof FintechError ? error.code : String(error);
  }
}
