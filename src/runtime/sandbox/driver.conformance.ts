import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { FintechError } from '../../kernel/errors.ts';
import type { Config } from '../../model/config.ts';
import type { DriverOptions, SandboxDriver, StartedSandbox, UnitState } from './driver.ts';
import { isFree } from './ports.ts';
import { type SandboxFixture, sandboxFixture, SMALL_SERVICE } from './testing/sandbox-fixture.ts';
import { byTime } from './unit-log.ts';

const WAIT = { timeout: 20_000, interval: 50 };
const TELLER = { teller: { path: 'services/teller' } };

/** A driver and what the suite cannot ask it: how its own things are seen and harmed from outside. */
export interface DriverSubject {
  make: (options: DriverOptions) => SandboxDriver;
  /** What still runs or is left of a sandbox beside its data: nothing once it was stopped. */
  leftovers: (fixture: SandboxFixture) => Promise<readonly string[]>;
  /** Whether there are data of it. */
  hasData: (fixture: SandboxFixture) => Promise<boolean>;
  /** Leaves a stopped sandbox as if its machine had crashed while it ran. */
  leaveWreck: (fixture: SandboxFixture) => Promise<void>;
  /** Stops a sandbox that still starts, as `down` in another shell does. */
  stopFromElsewhere: (fixture: SandboxFixture) => Promise<void>;
}

/** What every driver must do. */
export function driverConformance(name: string, subject: DriverSubject): void {
  /** A workspace with the driver that runs it, all gone when disposed. */
  const bench = (services: NonNullable<Config['services']> = {}) => {
    const fixture = sandboxFixture();
    const make = (options: Partial<DriverOptions> = {}) => subject.make(fixture.options(options));
    const driver = make();
    const plan = (more = services, running = {}) => fixture.plan(driver, more, running);
    return {
      fixture,
      driver,
      make,
      plan,
      start: async (options: Partial<DriverOptions> = {}) =>
        disposable(await make(options).start(() => plan())),
      [Symbol.asyncDispose]: async () => {
        await (await driver.attach())?.stop().catch(() => undefined);
        await driver.purge({ data: true });
        fixture[Symbol.dispose]();
      },
    };
  };

  describe(`the ${name} driver`, () => {
    it('starts the components, each ready and in the registry, and says so', async () => {
      await using ground = bench();
      const { start } = ground;
      await using sandbox = await start();
      const status = await sandbox.status();
      expect(status.map((unit) => [unit.name, unit.state])).toEqual([
        ['registry', 'ready'],
        ['identity', 'ready'],
        ['events', 'ready'],
        ['gateway', 'ready'],
      ]);
      const known = await getJson(`${status[0]?.url}/v1/catalog/services`);
      expect(Object.keys(known as object)).toEqual(
        expect.arrayContaining(['registry', 'identity', 'events', 'gateway']),
      );
    });

    it('stops without leaving anything but its data, which are there again afterwards', async () => {
      await using ground = bench(TELLER);
      const { fixture, start, plan } = ground;
      fixture.service('teller', SMALL_SERVICE);
      const { units } = await plan();
      const sandbox = await start();
      await keepInRegistry(sandbox, 'kept');
      expect(await subject.leftovers(fixture)).not.toEqual([]);
      await sandbox.stop();
      expect(await subject.leftovers(fixture)).toEqual([]);
      for (const { port } of units) expect(await isFree(port)).toBe(true);
      expect(await subject.hasData(fixture)).toBe(true);
      await using again = await start();
      const [registry] = await again.status();
      expect(await getJson(`${registry?.url}/v1/catalog/service/kept`)).toHaveLength(1);
    });

    it('brings a service back that died, and tells the truth meanwhile', async () => {
      await using ground = bench(TELLER);
      const { fixture, start } = ground;
      fixture.service('teller', SMALL_SERVICE);
      await using sandbox = await start();
      const teller = async () => (await sandbox.status()).find((unit) => unit.name === 'teller');
      const { url } = (await teller()) ?? {};
      await request(`${url}/die`).catch(() => undefined);
      const seen = new Set<UnitState | undefined>();
      await vi.waitFor(async () => {
        seen.add((await teller())?.state);
        expect(seen.size).toBeGreaterThan(1);
        expect((await teller())?.state).toBe('ready');
      }, WAIT);
    });

    it('keeps the rest up when a service crashes at its start, and reports its last lines', async () => {
      await using ground = bench(TELLER);
      const { fixture, start } = ground;
      fixture.service('teller', `console.log('no money'); process.exit(1);`);
      await using sandbox = await start();
      expect(sandbox.failures.map((failure) => [failure.name, failure.code])).toEqual([
        ['teller', 'SANDBOX_UNIT_FAILED'],
      ]);
      expect(sandbox.failures[0]?.why).toContain('no money');
      expect(sandbox.failures[0]?.why).toContain('crashed: exit code 1');
      const states = (await sandbox.status()).map(({ state }) => state);
      expect(states).toEqual(['ready', 'ready', 'ready', 'ready', 'crashed']);
    });

    it('starts a crashed service again when its files change', async () => {
      await using ground = bench(TELLER);
      const { fixture, start } = ground;
      fixture.service('teller', 'process.exit(1);');
      await using sandbox = await start();
      expect(sandbox.failures).toHaveLength(1);
      fixture.service('teller', SMALL_SERVICE);
      await vi.waitFor(async () => {
        expect((await sandbox.status()).at(-1)).toMatchObject({ name: 'teller', state: 'ready' });
      }, WAIT);
    });

    it('gives up on a service that never gets ready', async () => {
      await using ground = bench(TELLER);
      const { fixture, start } = ground;
      fixture.service('teller', `console.log('thinking'); setInterval(() => {}, 1000);`);
      await using sandbox = await start({ timeoutMs: 6000 });
      expect(sandbox.failures[0]?.code).toBe('SANDBOX_TIMEOUT');
      expect(sandbox.failures[0]?.why).toContain('thinking');
    });

    it('is seen, restarted and stopped from elsewhere', async () => {
      await using ground = bench(TELLER);
      const { fixture, driver, start } = ground;
      fixture.service('teller', SMALL_SERVICE);
      const sandbox = await start();
      const attached = await driver.attach();
      expect(await attached?.status()).toEqual(await sandbox.status());
      const pidOf = async () =>
        (await sandbox.status()).find((unit) => unit.name === 'teller')?.pid;
      const before = await pidOf();
      await attached?.restart('teller');
      expect(await pidOf()).not.toBe(before);
      await attached?.restart('events');
      expect((await sandbox.status()).every(({ state }) => state === 'ready')).toBe(true);
      await expect(attached?.restart('nobody')).rejects.toMatchObject({
        code: 'SANDBOX_UNIT_UNKNOWN',
      });
      await sandbox.stop();
      expect(await driver.attach()).toBeUndefined();
    });

    it('starts what is missing on a running sandbox, and anew what its plan changes', async () => {
      await using ground = bench();
      const { fixture, start, plan } = ground;
      await using sandbox = await start();
      const pidsBefore = await pids(sandbox);
      fixture.service('teller', SMALL_SERVICE);
      expect(await sandbox.startMissing(await plan(TELLER, await ports(sandbox)))).toEqual([]);
      const status = await sandbox.status();
      expect(status.map((unit) => [unit.name, unit.state]).at(-1)).toEqual(['teller', 'ready']);
      // Identity has a client more; nobody told events anything new.
      expect((await pids(sandbox)).get('events')).toBe(pidsBefore.get('events'));
      const { teller } = TELLER;
      const colored = { teller: { ...teller, env: { COLOR: 'red' } } };
      const changed = await plan(colored, await ports(sandbox));
      const before = await pids(sandbox);
      expect(await sandbox.startMissing(changed)).toEqual([]);
      const after = await pids(sandbox);
      expect(after.get('teller')).not.toBe(before.get('teller'));
      expect(after.get('identity')).toBe(before.get('identity'));
    });

    it('enters a service that runs elsewhere into the registry', async () => {
      await using ground = bench({ partner: { external: 'http://192.0.2.7:9' } });
      const { start } = ground;
      await using sandbox = await start();
      const [registry] = await sandbox.status();
      const found = await getJson(`${registry?.url}/v1/health/service/partner?passing`);
      expect(found).toMatchObject([{ Service: { Address: '192.0.2.7', Port: 9 } }]);
    });

    it('refuses a second start of the same sandbox', async () => {
      await using ground = bench();
      const { start } = ground;
      await using _sandbox = await start();
      await expect(start()).rejects.toMatchObject({ code: 'SANDBOX_BUSY' });
    });

    it('runs two sandboxes side by side', async () => {
      await using one = bench();
      await using other = bench();
      await using first = await one.start();
      await using second = await other.start();
      const urls = [...(await first.status()), ...(await second.status())].map(({ url }) => url);
      expect(new Set(urls).size).toBe(8);
      await first.stop();
      expect((await second.status()).map(({ state }) => state)).toEqual(Array(4).fill('ready'));
    });

    it('heals what a killed sandbox left', async () => {
      await using ground = bench();
      const { fixture, driver, start } = ground;
      await (await start()).stop();
      await subject.leaveWreck(fixture);
      expect(await driver.attach()).toBeUndefined();
      await using sandbox = await start();
      expect(await sandbox.status()).toHaveLength(4);
    });

    it('leaves nothing when it is interrupted while it starts', async () => {
      await using ground = bench();
      const { fixture, start } = ground;
      const interrupt = new AbortController();
      const { reporter } = fixture.options();
      const interrupting = {
        ...reporter,
        step: (title: string) => {
          if (title === 'events') interrupt.abort(new FintechError('INTERRUPTED', 'now'));
          return reporter.step(title);
        },
      };
      const starting = start({ signal: interrupt.signal, reporter: interrupting });
      await expect(starting).rejects.toMatchObject({ code: 'INTERRUPTED' });
      expect(await subject.leftovers(fixture)).toEqual([]);
      await using again = await start();
      expect(await again.status()).toHaveLength(4);
    });

    it('stops while it starts, at once and whole', async () => {
      await using ground = bench(TELLER);
      const { fixture, driver, start } = ground;
      fixture.service('teller', `setInterval(() => {}, 1000);`);
      const starting = start().catch((error: unknown) => error);
      await vi.waitFor(async () => {
        const status = await (await driver.attach())?.status();
        expect(status?.find((unit) => unit.name === 'teller')?.pid).toBeGreaterThan(0);
      }, WAIT);
      await subject.stopFromElsewhere(fixture);
      expect(await starting).toMatchObject({ code: 'SANDBOX_NOT_RUNNING' });
      expect(await subject.leftovers(fixture)).toEqual([]);
      fixture.service('teller', SMALL_SERVICE);
      await using again = await start();
      expect(await again.status()).toHaveLength(5);
    });

    it('restarts a service once at a time, however often it is asked', async () => {
      await using ground = bench(TELLER);
      const { fixture, start } = ground;
      fixture.service('teller', SMALL_SERVICE);
      await using sandbox = await start();
      await Promise.all([1, 2, 3].map(() => sandbox.restart('teller')));
      const [last, ...others] = (await sandbox.status()).filter(({ kind }) => kind === 'service');
      expect(others).toEqual([]);
      expect(last).toMatchObject({ name: 'teller', state: 'ready' });
    });

    it('shows what units logged, while they run and afterwards', async () => {
      await using ground = bench(TELLER);
      const { fixture, driver, start } = ground;
      fixture.service('teller', `console.log('here is the teller');\n${SMALL_SERVICE}`);
      const sandbox = await start();
      await vi.waitFor(
        async () => expect(await logged(driver)).toContain('here is the teller'),
        WAIT,
      );
      await sandbox.stop();
      const afterwards = await logged(driver);
      expect(afterwards.filter((line) => line === 'here is the teller')).toHaveLength(1);
    });

    it('plans anew when a port is taken between its claim and its use', async () => {
      await using ground = bench();
      const { make, plan, driver } = ground;
      const first = await plan();
      const holder = createServer();
      await once(holder.listen(first.units[2]?.port, '127.0.0.1'), 'listening');
      const plans = [Promise.resolve(first), plan()];
      await using sandbox = disposable(await make().start(() => plans.shift() ?? plan()));
      expect((await sandbox.status()).map(({ state }) => state)).toEqual(Array(4).fill('ready'));
      expect((await driver.attach())?.status()).toBeDefined();
      holder.close();
    });

    it('purges what a killed sandbox left, and its data only when told', async () => {
      await using ground = bench();
      const { fixture, driver, start } = ground;
      await (await start()).stop();
      await subject.leaveWreck(fixture);
      expect(await subject.leftovers(fixture)).not.toEqual([]);
      await driver.purge({ data: false });
      expect(await subject.leftovers(fixture)).toEqual([]);
      expect(await subject.hasData(fixture)).toBe(true);
      await driver.purge({ data: true });
      expect(await subject.hasData(fixture)).toBe(false);
    });

    it('purges nothing while it runs', async () => {
      await using ground = bench();
      const { fixture, driver, start } = ground;
      await using _sandbox = await start();
      const purging = driver.purge({ data: true });
      await expect(purging).rejects.toMatchObject({ code: 'SANDBOX_BUSY' });
      expect(await subject.hasData(fixture)).toBe(true);
    });

    it('starts over a lock file that is no database any more', async () => {
      await using ground = bench();
      const { fixture, start } = ground;
      writeFileSync(join(fixture.stateFolder, 'lock.db'), 'x'.repeat(5000));
      await using sandbox = await start();
      expect(await sandbox.status()).toHaveLength(4);
    });

    it('stops all when a component cannot start, and says why', async () => {
      await using ground = bench();
      const { fixture, make, plan } = ground;
      const fixed = await plan();
      const holder = createServer();
      await once(holder.listen(fixed.units[3]?.port, '127.0.0.1'), 'listening');
      const starting = make().start(() => Promise.resolve(fixed));
      await expect(starting).rejects.toMatchObject({ code: 'SANDBOX_PORT_HELD' });
      holder.close();
      expect(await subject.leftovers(fixture)).toEqual([]);
      expect(await isFree(fixed.units[0]?.port ?? 0)).toBe(true);
    });
  });
}

/** A running sandbox that a test stops however it ends. */
function disposable(sandbox: StartedSandbox): StartedSandbox & AsyncDisposable {
  return Object.assign(sandbox, { [Symbol.asyncDispose]: () => sandbox.stop() });
}

async function pids(sandbox: StartedSandbox): Promise<Map<string, number | undefined>> {
  return new Map((await sandbox.status()).map(({ name, pid }) => [name, pid]));
}

async function ports(sandbox: StartedSandbox): Promise<Record<string, number>> {
  const status = await sandbox.status();
  return Object.fromEntries(status.map(({ name, url }) => [name, Number(new URL(url).port)]));
}

/** An entry without a check: the registry keeps it for good. */
async function keepInRegistry(sandbox: StartedSandbox, service: string): Promise<void> {
  const [registry] = await sandbox.status();
  const { statusCode } = await request(`${registry?.url}/v1/agent/service/register`, {
    method: 'PUT',
    body: JSON.stringify({ Name: service, Port: 1 }),
  });
  expect(statusCode).toBe(200);
}

async function getJson(url: string): Promise<unknown> {
  const { body } = await request(url);
  return body.json();
}

async function logged(driver: SandboxDriver): Promise<string[]> {
  await using readers = new AsyncDisposableStack();
  const logs = (await driver.logs()).map((log) => readers.use(log));
  const lines: string[] = [];
  const all = byTime(logs.map((log) => log.batches({ afterwards: false })));
  for await (const { line } of all) lines.push(line);
  return lines;
}
