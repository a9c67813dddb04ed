import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import type { Random } from '../../src/kernel/random.ts';

/** What may happen to a call between two services. */
export const FAULTS = [
  /** Forwarded a little late. */
  'delay',
  /** Forwarded only after the caller has given up. */
  'stuck',
  /** Done at once, but the caller has given up before it hears. */
  'late-answer',
  /** The connection is cut and nothing was done. */
  'cut-before',
  /** The connection is cut and it was done. */
  'cut-after',
  /** Done, and answered with 500. */
  'error-after',
  /** Done twice at the same moment. */
  'duplicate',
  /** Done, answered, and done again a while later. */
  'late-duplicate',
] as const;

export type Fault = (typeof FAULTS)[number];

export interface FaultProxyOptions {
  /** Origin of the service behind; asked anew for each call. */
  target: () => string;
  random: Random;
  /** How many of the calls something happens to, from 0 to 1. */
  share: number;
  /** Longer than any caller waits. */
  patienceMs: number;
  /** Address it listens on, 127.0.0.1 unless told. */
  host?: string;
}

interface Call {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
}

const SHORT_MS = 300;
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'host',
  'content-length',
]);

/**
 * Stands between a service and those who call it, and lets things happen to some of the calls, which
 * and what by chance. What it was asked to do, it does in the end, whether or not anybody waits for it.
 */
export class FaultProxy implements AsyncDisposable {
  readonly counts: Record<Fault | 'calls', number>;
  readonly #options: FaultProxyOptions;
  readonly #server: Server;
  readonly #agent = new Agent({ connections: 64 });
  readonly #stopped = new AbortController();
  #share: number;
  #deck: Fault[] = [];

  private constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#share = options.share;
    const none = FAULTS.map((fault): [Fault, number] => [fault, 0]);
    this.counts = { calls: 0, ...(Object.fromEntries(none) as Record<Fault, number>) };
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  static async listen(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    proxy.#server.listen(0, options.host ?? '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  /** From now on nothing happens to any call. What has begun goes on. */
  calm(): void {
    this.#share = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#agent.destroy();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.#draw();
    const call: Call = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: endToEnd(request.headers) as Record<string, string>,
      body: await buffer(request),
    };
    const answer = await this.#suffer(call, fault);
    if (answer === undefined) return void response.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #draw(): Fault | undefined {
    const { random } = this.#options;
    this.counts.calls++;
    if (random.fraction() >= this.#share) return undefined;
    const fault = this.#deck.pop() ?? this.#shuffled();
    this.counts[fault]++;
    return fault;
  }

  /** Each kind comes once before any comes again. */
  #shuffled(): Fault {
    const order = FAULTS.map((fault) => ({ fault, at: this.#options.random.fraction() }));
    order.sort((a, b) => a.at - b.at);
    this.#deck = order.map(({ fault }) => fault);
    return this.#deck.pop() ?? 'delay';
  }

  /** @returns what the caller hears; nothing where its connection is cut */
  async #suffer(call: Call, fault: Fault | undefined): Promise<Answer | undefined> {
    switch (fault) {
      case undefined:
        return this.#forward(call);
      case 'delay':
        await this.#pause(SHORT_MS);
        return this.#forward(call);
      case 'stuck':
        await this.#pause(this.#options.patienceMs);
        return this.#forward(call);
      case 'late-answer': {
        const answer = await this.#forward(call);
        await this.#pause(this.#options.patienceMs);
        return answer;
      }
      case 'cut-before':
        return undefined;
      case 'cut-after':
        await this.#forward(call);
        return undefined;
      case 'error-after':
        await this.#forward(call);
        return { status: 500, headers: {}, body: Buffer.from('lost on the way') };
      case 'duplicate':
        return (await Promise.all([this.#forward(call), this.#forward(call)]))[0];
      case 'late-duplicate':
        void this.#again(call);
        return this.#forward(call);
    }
  }

  async #again(call: Call): Promise<void> {
    await this.#pause(SHORT_MS + this.#options.random.fraction() * this.#options.patienceMs);
    await this.#forward(call);
  }

  /** @returns nothing where the service behind does not answer */
  async #forward({ method, path, headers, body }: Call): Promise<Answer | undefined> {
    try {
      const answer = await this.#agent.request({
        origin: this.#options.target(),
        method,
        path,
        headers,
        body: body.length === 0 ? null : body,
        signal: this.#stopped.signal,
      });
      return {
        status: answer.statusCode,
        headers: endToEnd(answer.headers),
        body: Buffer.from(await answer.body.arrayBuffer()),
      };
    } catch {
      return undefined;
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopped.signal }).catch(() => {});
  }
}

function endToEnd(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(
    (field): field is [string, string | string[]] =>
      field[1] !== undefined && !HOP_BY_HOP.has(field[0]),
  );
  return Object.fromEntries(kept);
}
