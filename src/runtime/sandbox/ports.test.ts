import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FintechError } from '../../kernel/errors.ts';
import {
  claimPorts,
  componentPorts,
  DEFAULT_PORTS,
  isFree,
  type PortSettings,
  usualPorts,
} from './ports.ts';

let stateFolder: string;
const settings = (rest: Partial<PortSettings> = {}): PortSettings => ({
  stateFolder,
  configured: {},
  environment: {},
  ...rest,
});

beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'fintech-ports-'));
});
afterEach(() => rm(stateFolder, { recursive: true }));

/** Holds a port, by default one that the system chooses. */
async function heldPort(wanted = 0): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function codeOf(promise: Promise<unknown>): Promise<FintechError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof FintechError) return error;
  throw new Error('no FintechError was thrown');
}

describe('componentPorts', () => {
  it('keeps what it chose, so that every command says the same', async () => {
    const first = await componentPorts(settings());
    expect(await componentPorts(settings())).toEqual(first);
    expect(JSON.parse(await readFile(join(stateFolder, 'ports.json'), 'utf8'))).toEqual(first);
  });

  it('answers the defaults where nothing can be kept', async () => {
    expect(await componentPorts(settings({ stateFolder: undefined }))).toEqual(DEFAULT_PORTS);
  });

  it('takes the environment before the configuration, and that before what was kept', async () => {
    await writeFile(
      join(stateFolder, 'ports.json'),
      JSON.stringify({ gateway: 7001, events: 7002 }),
    );
    const configured = { gateway: 7003, events: 7004 };
    const environment = { FINTECH_GATEWAY_PORT: '7005' };
    const ports = await componentPorts(settings({ configured, environment }));
    expect(ports).toMatchObject({ gateway: 7005, events: 7004 });
  });

  it.each(['0', '65536', 'http', '80.5', ''])('refuses %j as a port', async (port) => {
    const failure = await codeOf(
      componentPorts(settings({ environment: { FINTECH_EVENTS_PORT: port } })),
    );
    expect(failure.code).toBe('USAGE_INVALID');
  });

  it('keeps no port that the environment or the configuration fixed', async () => {
    const before = await componentPorts(settings());
    const environment = { FINTECH_GATEWAY_PORT: '19998' };
    await componentPorts(settings({ environment, configured: { events: 19997 } }));
    expect(await componentPorts(settings())).toEqual(before);
  });

  it('writes nothing where every port is fixed', async () => {
    const configured = { registry: 19001, identity: 19002, events: 19003, gateway: 19004 };
    expect(await componentPorts(settings({ configured }))).toEqual(configured);
    await expect(readFile(join(stateFolder, 'ports.json'))).rejects.toThrow('ENOENT');
  });

  it.each(['{"registry":99999}', '{"registry":0}', '{"registry":-1}', '{"registry":80.5}'])(
    'chooses anew what is kept but is no port: %s',
    async (text) => {
      const { registry } = await componentPorts(settings());
      await writeFile(join(stateFolder, 'ports.json'), text);
      expect((await componentPorts(settings())).registry).toBe(registry);
      expect((await claimPorts(settings(), [])).ports['registry']).toBeLessThan(65_536);
    },
  );

  it('chooses anew what is kept for two, or is fixed for another by now', async () => {
    await writeFile(
      join(stateFolder, 'ports.json'),
      JSON.stringify({ registry: 7001, identity: 7001, events: 7002 }),
    );
    const ports = await componentPorts(settings({ configured: { pay: 7002 } }));
    expect(ports.registry).toBe(7001);
    expect(ports.identity).not.toBe(7001);
    expect(ports.events).not.toBe(7002);
  });

  it.each([
    [{ FINTECH_GATEWAY_PORT: '7001', FINTECH_EVENTS_PORT: '7001' }, {}],
    [{ FINTECH_GATEWAY_PORT: '7001' }, { pay: 7001 }],
  ])('refuses one port for two: %j', async (environment, configured) => {
    const failure = await codeOf(componentPorts(settings({ environment, configured })));
    expect(failure.code).toBe('USAGE_INVALID');
    expect(failure.message).toMatch(/both given port 7001/);
  });

  it.each(['{"gateway":', '[]', '{"gateway":"x"}', 'null'])(
    'survives a damaged ports.json: %s',
    async (text) => {
      await writeFile(join(stateFolder, 'ports.json'), text);
      expect(Object.keys(await componentPorts(settings())).sort()).toEqual([
        'events',
        'gateway',
        'identity',
        'registry',
      ]);
    },
  );
});

describe('claimPorts', () => {
  it('moves a kept port that another program took, says so, and keeps the new one', async () => {
    await using held = await heldPort();
    await writeFile(join(stateFolder, 'ports.json'), JSON.stringify({ events: held.port }));
    const { ports, moved } = await claimPorts(settings(), []);
    expect(moved).toContainEqual({ name: 'events', from: held.port, to: ports['events'] });
    expect(ports['events']).toBeGreaterThan(held.port);
    expect((await componentPorts(settings())).events).toBe(ports['events']);
  });

  it('stops at a configured port that is taken, naming who holds it', async () => {
    await using held = await heldPort();
    const failure = await codeOf(claimPorts(settings({ configured: { gateway: held.port } }), []));
    expect(failure.code).toBe('SANDBOX_PORT_HELD');
    expect(failure.message).toContain(`port ${held.port}, set for gateway, is held by`);
    expect(failure.message).toContain(`(pid ${process.pid})`);
  });

  it('gives every unit a port of its own', async () => {
    const services = Array.from({ length: 20 }, (_, index) => `service-${index}`);
    const { ports } = await claimPorts(settings(), services);
    expect(new Set(Object.values(ports)).size).toBe(24);
  });

  it('chooses no port that another unit has fixed', async () => {
    const first = await claimPorts(settings({ stateFolder: undefined }), ['a']);
    const pay = first.ports['registry'] ?? 0;
    const { ports } = await claimPorts(settings({ configured: { pay } }), ['a', 'pay']);
    expect(ports['pay']).toBe(pay);
    expect(new Set(Object.values(ports)).size).toBe(6);
  });

  it('finds a free port even at the end of the range', async () => {
    await using held = await heldPort(65_535);
    await writeFile(join(stateFolder, 'ports.json'), JSON.stringify({ registry: held.port }));
    const { ports } = await claimPorts(settings(), []);
    expect(ports['registry']).toBeGreaterThan(65_000);
    expect(ports['registry']).toBeLessThan(65_535);
  });

  it('leaves ports alone that the sandbox itself listens on', async () => {
    await using held = await heldPort();
    const { ports, moved } = await claimPorts(
      settings({ configured: { gateway: held.port } }),
      [],
      { gateway: held.port },
    );
    expect(ports['gateway']).toBe(held.port);
    expect(moved.map(({ name }) => name)).not.toContain('gateway');
  });
});

describe('usualPorts', () => {
  it('are the same whatever listens: fixed ones, the defaults, and from 4001 for services', async () => {
    await using held = await heldPort();
    const configured = { pay: 4002, identity: held.port };
    const ports = usualPorts({ configured, environment: {} }, ['ledger', 'pay', 'fees']);
    expect(ports).toEqual({ ...DEFAULT_PORTS, ...configured, ledger: 4001, fees: 4003 });
  });

  it('take the environment at its word, and give no port twice', () => {
    const environment = { FINTECH_GATEWAY_PORT: '8500' };
    expect(() => usualPorts({ configured: {}, environment }, [])).toThrow(
      expect.objectContaining({ code: 'USAGE_INVALID' }) as Error,
    );
  });
});

it('isFree tells a held port from a free one', async () => {
  const held = await heldPort();
  expect(await isFree(held.port)).toBe(false);
  await held[Symbol.asyncDispose]();
  expect(await isFree(held.port)).toBe(true);
});
