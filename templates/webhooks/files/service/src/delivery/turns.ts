import type { FastifyBaseLogger } from 'fastify';
import type { Endpoint } from '../domain/endpoint.ts';
import type { Outbox } from '../projection/outbox.ts';
import type { Keyring } from '../signing/keyring.ts';

export interface Turn {
  deliveryId: string;
  endpointId: string;
}

/** How many tries may run at once, in all and to one endpoint. */
export const LIMITS = { inAll: 64, perEndpoint: 8 } as const;

/** Says which deliveries go next, so that no endpoint, slow or busy, takes the places of others. */
export class Turns {
  readonly #outbox: Outbox;
  readonly #keyring: Keyring;
  readonly #log: FastifyBaseLogger;
  readonly #running = new Map<string, Turn>();
  readonly #unsignable = new Set<string>();

  constructor(options: { outbox: Outbox; keyring: Keyring; log: FastifyBaseLogger }) {
    this.#outbox = options.outbox;
    this.#keyring = options.keyring;
    this.#log = options.log;
  }

  begin(turn: Turn): void {
    this.#running.set(turn.deliveryId, turn);
  }

  end({ deliveryId }: Turn): void {
    this.#running.delete(deliveryId);
  }

  /** What may begin now. */
  next(nowMs: number): Turn[] {
    const chosen: Turn[] = [];
    const endpoints = this.#outbox
      .dueEndpoints(nowMs)
      .filter((endpoint) => this.#canSign(endpoint, nowMs))
      .map(({ endpointId }) => ({ endpointId, busy: this.#runningTo(endpointId) }))
      .sort((a, b) => a.busy - b.busy);
    for (const { endpointId, busy } of endpoints) {
      const places = LIMITS.inAll - this.#running.size - chosen.length;
      const room = Math.min(places, LIMITS.perEndpoint - busy);
      if (room > 0) chosen.push(...this.#dueTo(endpointId, { nowMs, room, busy }));
    }
    return chosen;
  }

  #dueTo(
    endpointId: string,
    { nowMs, room, busy }: { nowMs: number; room: number; busy: number },
  ): Turn[] {
    // Those that run may still be shown as due, until their claim is read.
    return this.#outbox
      .dueDeliveries(endpointId, nowMs, room + busy)
      .filter((deliveryId) => !this.#running.has(deliveryId))
      .slice(0, room)
      .map((deliveryId) => ({ deliveryId, endpointId }));
  }

  #runningTo(endpointId: string): number {
    return [...this.#running.values()].filter((turn) => turn.endpointId === endpointId).length;
  }

  /** Without the master key of its secret nothing is sent: all of it would be refused as forged. */
  #canSign(endpoint: Endpoint, nowMs: number): boolean {
    const { endpointId } = endpoint;
    if (this.#keyring.ofEndpoint(endpoint, nowMs) !== undefined) {
      this.#unsignable.delete(endpointId);
      return true;
    }
    if (!this.#unsignable.has(endpointId)) {
      const advice = 'its secret is of another master key; bring that back, or rotate the secret';
      this.#log.error({ endpointId }, `cannot deliver: ${advice}`);
      this.#unsignable.add(endpointId);
    }
    return false;
  }
}
