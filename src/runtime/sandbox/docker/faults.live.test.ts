import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithDocker } from '../testing/docker-engine.ts';
import { SMALL_SERVICE } from '../testing/sandbox-fixture.ts';
import { FaultBench, WAIT } from './faults.fixture.ts';
import { networkName, volumeName } from './project.ts';

/** Takes memory until the kernel ends it. */
const GLUTTON = 'const eaten = []; for (;;) eaten.push(Buffer.alloc(16_000_000, 1));';
const READY = {
  registry: 'ready',
  identity: 'ready',
  events: 'ready',
  gateway: 'ready',
  teller: 'ready',
};

describeWithDocker('units of a sandbox in Docker', () => {
  let bench: FaultBench;
  beforeAll(async () => {
    bench = new FaultBench({ services: { teller: { path: 'services/teller' } } });
    bench.fixture.service('teller', SMALL_SERVICE);
    await bench.start();
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const isReady = () => vi.waitFor(async () => expect(await bench.states()).toEqual(READY), WAIT);

  it('come back when their process is killed, with their data, until that was too often', async () => {
    const appended = await bench.append('before-the-kills');
    expect(appended).toMatchObject({ status: 201 });
    for (let kill = 1; kill <= 5; kill++) {
      await bench.killProcess('events');
      const seen = await bench.unit('events');
      expect(['restarting', 'starting']).toContain(seen?.state);
      await isReady();
      expect(await bench.events()).toContain('before-the-kills');
    }
    await bench.killProcess('events');
    await vi.waitFor(async () => {
      expect(await bench.states()).toEqual({
        ...READY,
        events: 'crashed: exit code 137, after 5 restarts',
      });
    }, WAIT);
    await (await bench.driver.attach())?.restart('events');
    expect(await bench.states()).toEqual(READY);
    expect(await bench.events()).toEqual(['before-the-kills']);
  });

  it.each([
    ['killed', (unit: string) => bench.container(unit).kill()],
    ['stopped', (unit: string) => bench.container(unit).stop()],
  ])('%s by hand stay so, and are revived by restart and by up', async (_, harm) => {
    const stopped = { ...READY, gateway: 'stopped: stopped by hand' };
    await harm('gateway');
    expect(await bench.states()).toEqual(stopped);
    await (await bench.driver.attach())?.restart('gateway');
    expect(await bench.states()).toEqual(READY);
    await harm('gateway');
    await bench.startMissing();
    expect(await bench.states()).toEqual(READY);
  });

  it('paused by hand are told so, and are revived by restart and by up', async () => {
    await bench.container('identity').pause();
    expect(await bench.states()).toEqual({ ...READY, identity: 'unready: paused by hand' });
    await (await bench.driver.attach())?.restart('identity');
    expect(await bench.states()).toEqual(READY);
    await bench.container('identity').pause();
    await bench.startMissing();
    expect(await bench.states()).toEqual(READY);
  });

  it('removed by hand are still told of, and up makes them anew with their data', async () => {
    await bench.container('events').remove({ force: true });
    expect(await bench.states()).toEqual({ ...READY, events: 'stopped: it has no container' });
    const restarting = (await bench.driver.attach())?.restart('events');
    await expect(restarting).rejects.toMatchObject({ code: 'SANDBOX_UNIT_UNKNOWN' });
    await bench.startMissing();
    expect(await bench.states()).toEqual(READY);
    expect(await bench.events()).toEqual(['before-the-kills']);
  });

  it('that left the network are put back by up', async () => {
    const network = bench.docker.getNetwork(networkName(bench.project));
    await network.disconnect({ Container: 'x', Force: true }).catch(() => undefined);
    await network.disconnect({ Container: (await bench.inspect('gateway')).Id, Force: true });
    expect((await bench.unit('gateway'))?.state).not.toBe('ready');
    await bench.startMissing();
    expect(await bench.states()).toEqual(READY);
  });

  it('that run out of memory are told so, and come back once they are mended', async () => {
    bench.fixture.service('teller', GLUTTON);
    await vi.waitFor(async () => {
      const teller = 'crashed: it ran out of memory';
      expect(await bench.states()).toEqual({ ...READY, teller });
    }, WAIT);
    bench.fixture.service('teller', SMALL_SERVICE);
    await isReady();
  });
});

describeWithDocker('a full disk under the events of a sandbox in Docker', () => {
  it('refuses appends clearly, keeps what it acknowledged, and lets the rest live', async () => {
    await using bench = new FaultBench();
    const name = volumeName(bench.project, 'events');
    await bench.docker.createVolume({
      Name: name,
      Labels: { 'dev.fintech.project': bench.project.id },
      DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=4m,mode=1777' },
    });
    await bench.start();
    const acknowledged: string[] = [];
    const fill = async (size: number) => {
      for (;;) {
        const id = `event-${acknowledged.length}`;
        const { status, text } = await bench.append(id, 'x'.repeat(size));
        if (status !== 201) return JSON.parse(text) as unknown;
        acknowledged.push(id);
      }
    };
    const refusal = { status: 503, detail: 'Nothing was written: database or disk is full.' };
    expect(await fill(20_000)).toMatchObject(refusal);
    expect(acknowledged.length).toBeGreaterThan(10);
    const rest = { registry: 'ready', identity: 'ready', gateway: 'ready' };
    await vi.waitFor(async () => {
      // What is left has room for less, again and again.
      expect(await fill(10)).toMatchObject(refusal);
      const events = expect.stringMatching(/^(?:starting|unready): database or disk is full$/);
      expect(await bench.states()).toEqual({ ...rest, events });
    }, WAIT);
    expect(await bench.events()).toEqual(acknowledged);
  });
});
