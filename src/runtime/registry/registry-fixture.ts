import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComponentDeps } from '../../kernel/component.ts';
import type { LogLevel } from '../../kernel/log.ts';
import { seededRandom } from '../../kernel/random.ts';
import { type Clock, ManualClock, systemClock } from '../../kernel/time.ts';
import type { CheckDraft, InstanceDraft } from './records.ts';
import { serveRegistry } from './serve.ts';

/** For tests: a folder that goes with its scope. */
export function temporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'fintech-registry-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface LoggedLine {
  level: LogLevel;
  message: string;
  fields: Record<string, unknown>;
}

export function depsFor(clock: Clock, lines: LoggedLine[] = []): ComponentDeps {
  return {
    clock,
    random: seededRandom(7),
    log: (level, message, fields = {}) => lines.push({ level, message, fields }),
  };
}

/** A clock whose process can stand still: time goes on, no timer runs. */
export class StallingClock extends ManualClock {
  #stalledMs = 0;

  override monotonicMs(): number {
    return super.monotonicMs() + this.#stalledMs;
  }

  stall(ms: number): void {
    this.#stalledMs += ms;
  }
}

export function anInstance(id: string, rest: Partial<InstanceDraft> = {}): InstanceDraft {
  return {
    id,
    name: id.replace(/-\d+$/, ''),
    tags: [],
    address: '',
    port: 8080,
    meta: {},
    taggedAddresses: {},
    weights: { passing: 1, warning: 1 },
    enableTagOverride: false,
    ...rest,
  };
}

export function aCheck(serviceId: string, rest: Partial<CheckDraft> = {}): CheckDraft {
  return {
    id: `service:${serviceId}`,
    name: 'a check',
    notes: '',
    serviceId,
    type: 'ttl',
    ttlMs: 10_000,
    deregisterAfterMs: 0,
    status: undefined,
    output: '',
    ...rest,
  };
}

interface TestAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON, for a test to look into. */
  json: unknown;
  index: number;
}

export interface ServedRegistry extends AsyncDisposable {
  url: string;
  lines: LoggedLine[];
  get(path: string, init?: RequestInit): Promise<TestAnswer>;
  put(path: string, body?: unknown, init?: RequestInit): Promise<TestAnswer>;
  /** Resolves when so many queries wait; fails after 5 s. */
  untilBlocked(count: number): Promise<void>;
  blockedQueries(): Promise<number>;
}

/** An empty registry on a real socket, and how to talk to it. */
export async function servedRegistry(): Promise<ServedRegistry> {
  const folder = temporaryFolder();
  const lines: LoggedLine[] = [];
  const running = await serveRegistry(
    { dataDir: folder.path, listen: { host: '127.0.0.1', port: 0 } },
    depsFor(systemClock, lines),
  );
  const ask = async (path: string, init: RequestInit): Promise<TestAnswer> => {
    const response = await fetch(running.url + path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
      index: Number(response.headers.get('x-consul-index')),
    };
  };
  const blockedQueries = async () => {
    const { text } = await ask('/metrics', {});
    return Number(/^fintech_registry_blocked_queries (\d+)$/m.exec(text)?.[1]);
  };
  return {
    url: running.url,
    lines,
    blockedQueries,
    untilBlocked: async (count) => {
      const deadlineMs = systemClock.monotonicMs() + 5000;
      while ((await blockedQueries()) !== count) {
        if (systemClock.monotonicMs() > deadlineMs)
          throw new Error(`never saw ${count} blocked queries`);
        await systemClock.sleep(5);
      }
    },
    get: (path, init = {}) => ask(path, init),
    put: (path, body, init = {}) =>
      ask(path, {
        method: 'PUT',
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        ...init,
      }),
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
