import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/time.ts';
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

  it('registers anew when its heartbeat is refused', async () => {
    const clock = new ManualClock();
    await using _entry = await announce({ registryUrl, ...HOUSE }, { clock, log: silentLog });
    entries.clear();
    refusal = { path: '/v1/agent/check/pass/', status: 500 };
    clock.advance(5000);
    await vi.waitFor(() => expect(entries.has('gateway-1')).toBe(true));
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
