import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { Random } from '../../../src/kernel/random.ts';

/** What a delivery says. */
export interface Message {
  type: string;
  data: Record<string, unknown>;
}

/**
 * Somebody who is sent webhooks: refuses what is not signed, acts once on each id, and fails now and
 * then, before or after it acted.
 */
export class Receiver implements AsyncDisposable {
  /** Messages by id, in the order they were acted on. */
  readonly acted: Map<string, Message> = new Map();
  deliveries = 0;
  forged = 0;
  failed = 0;
  readonly #server: Server;
  readonly #random: Random;
  #webhook: Webhook | undefined;

  private constructor(random: Random) {
    this.#random = random;
    this.#server = createServer((request, response) => {
      this.#receive(request).then(
        (status) => response.writeHead(status).end(),
        () => response.destroy(),
      );
    });
  }

  static async listen(random: Random): Promise<Receiver> {
    const receiver = new Receiver(random);
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** What the sender signs with from now on. */
  trust(secret: string): void {
    this.#webhook = new Webhook(secret);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #receive(request: IncomingMessage): Promise<number> {
    const body = await text(request);
    if (!this.#isSigned(request, body)) {
      this.forged++;
      return 400;
    }
    this.deliveries++;
    const chance = this.#random.fraction();
    if (chance < 0.05) return this.#fail();
    const id = String(request.headers['webhook-id']);
    if (!this.acted.has(id)) this.acted.set(id, JSON.parse(body) as Message);
    return chance < 0.1 ? this.#fail() : 204;
  }

  #isSigned({ headers }: IncomingMessage, body: string): boolean {
    try {
      this.#webhook?.verify(body, {
        'webhook-id': String(headers['webhook-id']),
        'webhook-timestamp': String(headers['webhook-timestamp']),
        'webhook-signature': String(headers['webhook-signature']),
      });
      return this.#webhook !== undefined;
    } catch {
      return false;
    }
  }

  #fail(): number {
    this.failed++;
    return 500;
  }
}
