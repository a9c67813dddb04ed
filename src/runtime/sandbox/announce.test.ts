import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock, systemClock } from '../../kernel/time.ts';
import { announce, announceExternal } from './announce.ts';

/** A registry that keeps what it is told in memory, and refuses on demand. */
let registry: Server;
let registryUrl: string;
let entries: Map<string, Record<string, unknown>>;
let refusal: { path: string; status: number } | undefined;

beforeEach(async () => {
  entries = new Map();
  refusal = undefined;
  registry = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const path = request.url ?? '';
      if (refusal !== undefined && path.startsWith(refusal.path)) {
        response.writeHead(refusal.status).end('no more services');
        return;
      }
      const id = decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
      if (path === '/v1/agent/service/register') {
        const entry = JSON.parse(Buffer.concat(parts).toString()) as { ID: string };
        entries.set(entry.ID, entry);
      } else if (path.startsWith('/v1/agent/service/deregister/')) {
        entries.delete(id);
      } else if (!entries.has(id.replace('service:', ''))) {
        response.writeHead(404);
      }
      response.end();
    })();
  }).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  registryUrl = `http://127.0.0.1:${(registry.address() as { port: number }).port}`;
});
afterEach(() => {
  registry.closeAllConnections();
  registry.close();
});

const HOUSE = { name: 'gateway', host: '127.0.0.1', port: 7 };
const DEPS = { clock: new ManualClock(), log: silentLog };
const REGISTER = '/v1/agent/service/register';

describe('a component', () => {
  it('is in the registry until disposed', async () => {
    const entry = await announce({ registryUrl, ...HOUSE }, DEPS);
    expect(entries.get('gateway-1')).toMatchObject({ Address: '127.0.0.1', Port: 7 });
    await entry[Symbol.asyncDispose]();
    expect(entries.size).toBe(0);
  });

  it('does not start where the registry refuses it, and says why', async () => {
    refusal = { path: REGISTER, status: 400 };
    await expect(announce({ registryUrl, ...HOUSE }, DEPS)).rejects.toMatchObject({
      code: 'SANDBOX_UNIT_FAILED',
      message: `the registry at ${registryUrl} did not take gateway: 400 no more services`,
    });
  });

  it('says that there is no registry', async () => {
    registry.close();
    await expect(announce({ registryUrl, ...HOUSE }, DEPS)).rejects.toMatchObject({
      code: 'SANDBOX_UNIT_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('logs a heartbeat that was refused, and tries again until it is back', async () => {
    const clock = new ManualClock();
    const log = vi.fn<typeof silentLog>();
    await using _entry = await announce({ registryUrl, ...HOUSE }, { clock, log });
    entries.clear();
    refusal = { path: REGISTER, status: 500 };
    clock.advance(5000);
    await vi.waitFor(() =>
      expect(log).toHaveBeenCalledWith('warn', 'registry did not take the heartbeat', {
        reason: expect.stringContaining('500 no more services'),
      }),
    );
    refusal = undefined;
    await vi.waitFor(() => {
      clock.advance(5000);
      expect(entries.has('gateway-1')).toBe(true);
    });
  });

  it('takes its leave within half a second where nobody answers any more', async () => {
    const entry = await announce({ registryUrl, ...HOUSE }, { clock: systemClock, log: silentLog });
    registry.removeAllListeners('request').on('request', () => {});
    const startMs = systemClock.monotonicMs();
    await entry[Symbol.asyncDispose]();
    expect(systemClock.monotonicMs() - startMs).toBeGreaterThan(400);
    expect(systemClock.monotonicMs() - startMs).toBeLessThan(1000);
  });

  it('registers anew when its heartbeat is refused', async () => {
    const clock = new ManualClock();
    await using _entry = await announce({ registryUrl, ...HOUSE }, { clock, log: silentLog });
    entries.clear();
    refusal = { path: '/v1/agent/check/pass/', status: 500 };
    clock.advance(5000);
    await vi.waitFor(() => expect(entries.has('gateway-1')).toBe(true));
  });
});

describe('a component with patience', () => {
  const deps = () => ({ clock: systemClock, log: vi.fn<typeof silentLog>() });

  /** An address where nobody listens, and how to have a registry there. */
  async function laterRegistry(): Promise<{ url: string; listen: () => void }> {
    const { port } = registry.address() as { port: number };
    registry.close();
    await once(registry, 'close');
    return { url: registryUrl, listen: () => void registry.listen(port, '127.0.0.1') };
  }

  it('waits for its registry, says so once, and is in it soon after it came', async () => {
    const later = await laterRegistry();
    const { clock, log } = deps();
    const announcing = announce(
      { registryUrl: later.url, ...HOUSE },
      { clock, log },
      { patienceMs: 60_000 },
    );
    await clock.sleep(500);
    expect(log.mock.calls).toEqual([
      [
        'info',
        'waiting for the registry',
        { registryUrl: later.url, reason: expect.stringContaining('ECONNREFUSED') },
      ],
    ]);
    later.listen();
    const startMs = clock.monotonicMs();
    await using _entry = await announcing;
    expect(clock.monotonicMs() - startMs).toBeLessThan(1000);
    expect(entries.has('gateway-1')).toBe(true);
  });

  it('waits where a registry cannot work yet', async () => {
    refusal = { path: REGISTER, status: 500 };
    const { clock, log } = deps();
    const announcing = announce({ registryUrl, ...HOUSE }, { clock, log }, { patienceMs: 60_000 });
    await vi.waitFor(() => expect(log).toHaveBeenCalledOnce());
    refusal = undefined;
    await using _entry = await announcing;
    expect(entries.has('gateway-1')).toBe(true);
  });

  it('asks again where a registry takes a request and does not answer in 2 s', async () => {
    const working = registry.listeners('request')[0] as (...exchange: unknown[]) => void;
    registry.removeAllListeners('request').once('request', () => registry.on('request', working));
    const { clock, log } = deps();
    await using _entry = await announce(
      { registryUrl, ...HOUSE },
      { clock, log },
      { patienceMs: 60_000 },
    );
    expect(log).toHaveBeenCalledWith('info', 'waiting for the registry', {
      registryUrl,
      reason: 'no answer within 2000 ms',
    });
    expect(entries.has('gateway-1')).toBe(true);
  });

  it('does not wait where a registry refuses it', async () => {
    refusal = { path: REGISTER, status: 400 };
    const announcing = announce({ registryUrl, ...HOUSE }, deps(), { patienceMs: 60_000 });
    await expect(announcing).rejects.toMatchObject({ code: 'SANDBOX_UNIT_FAILED' });
  });

  it('loses it in the end', async () => {
    const later = await laterRegistry();
    const announcing = announce({ registryUrl: later.url, ...HOUSE }, deps(), { patienceMs: 200 });
    await expect(announcing).rejects.toMatchObject({
      code: 'SANDBOX_UNIT_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('waits for a name that nobody has yet, and ends at once with its signal', async () => {
    const { clock, log } = deps();
    const stop = new AbortController();
    const announcing = announce(
      { registryUrl: 'http://registry.invalid:8500', ...HOUSE },
      { clock, log },
      { patienceMs: 60_000, signal: stop.signal },
    );
    await vi.waitFor(() =>
      expect(log).toHaveBeenCalledWith('info', 'waiting for the registry', {
        registryUrl: 'http://registry.invalid:8500',
        reason: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
      }),
    );
    const why = new Error('enough');
    stop.abort(why);
    await expect(announcing).rejects.toBe(why);
  });

  it('does not wait for an answer that never comes once its signal is there', async () => {
    registry.removeAllListeners('request').on('request', () => {});
    const stop = new AbortController();
    const announcing = announce({ registryUrl, ...HOUSE }, deps(), {
      patienceMs: 60_000,
      signal: stop.signal,
    });
    await once(registry, 'request');
    const why = new Error('enough');
    stop.abort(why);
    await expect(announcing).rejects.toBe(why);
  });
});

describe('a service that runs elsewhere', () => {
  it('is in the registry, with a time to live, until disposed', async () => {
    const partner = { name: 'partner', url: 'https://partner.example' };
    const entry = await announceExternal(registryUrl, partner, DEPS);
    expect(entries.get('partner-external')).toMatchObject({
      Name: 'partner',
      Address: 'partner.example',
      Port: 443,
      Check: { TTL: '15s', DeregisterCriticalServiceAfter: '1m' },
    });
    await entry[Symbol.asyncDispose]();
    expect(entries.size).toBe(0);
  });

  it('stops the start with a clear word where the registry refuses it', async () => {
    refusal = { path: REGISTER, status: 400 };
    const partner = { name: 'partner', url: 'http://127.0.0.1:9' };
    await expect(announceExternal(registryUrl, partner, DEPS)).rejects.toMatchObject({
      code: 'SANDBOX_UNIT_FAILED',
      message: expect.stringContaining('did not take partner: 400 no more services'),
    });
  });
});
