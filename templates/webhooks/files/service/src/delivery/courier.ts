import type { Dispatcher } from 'undici';
import type { Call, CommandHandler } from '../commands/command-handler.ts';
import { endAttemptCommand, startAttemptCommand } from '../commands/delivery-commands.ts';
import type { Ended } from '../domain/decide-delivery.ts';
import type { Delivery } from '../domain/delivery.ts';
import type { Hooks } from '../domain/hooks.ts';
import { numberOf } from '../domain/numbered.ts';
import { SERVICE } from '../names.ts';
import { newTraceparent, traceIdOf } from '../platform/trace.ts';
import type { Outbox, Outgoing } from '../projection/outbox.ts';
import type { Keyring } from '../signing/keyring.ts';
import { Unavailable } from '../unavailable.ts';
import { type Letter, send } from './send.ts';

export interface CourierOptions {
  handler: CommandHandler<Hooks>;
  hooks: Hooks;
  outbox: Outbox;
  keyring: Keyring;
  dispatcher: Dispatcher;
  pausesS: readonly number[];
  timeoutMs: number;
  now: () => Date;
}

/** How long after the time-out of a try its claim still holds: time enough to record how it ended. */
const RECORD_MS = 5000;

/** Makes one try of a delivery: claims it, sends it, records how it ended. */
export class Courier {
  readonly #options: CourierOptions;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** @throws Unavailable when the event store is away; the claim then ends by itself */
  async deliver(deliveryId: string, signal: AbortSignal): Promise<void> {
    const { handler, hooks, outbox, dispatcher, timeoutMs, now } = this.#options;
    const delivery = hooks.delivery(deliveryId);
    const outgoing = delivery && outbox.outgoing(delivery.position);
    const letter = outgoing && this.#letter(delivery, outgoing);
    if (outgoing === undefined || letter === undefined) return;
    const call = callFor(outgoing);
    const leaseMs = timeoutMs + RECORD_MS;
    const started = await handler.execute(startAttemptCommand(deliveryId, leaseMs), call);
    if (started.kind !== 'done') return;
    const attempt = numberOf(started.resourceId);
    const nowMs = now().getTime();
    const outcome = await send(letter, { dispatcher, timeoutMs, nowMs, signal });
    await this.#record({ deliveryId, attempt, outcome }, call, AbortSignal.timeout(RECORD_MS));
  }

  #letter({ deliveryId, endpointId }: Delivery, { body }: Outgoing): Letter | undefined {
    const { hooks, keyring, now } = this.#options;
    const endpoint = hooks.endpoint(endpointId);
    const keys = endpoint && keyring.ofEndpoint(endpoint, now().getTime());
    return keys && { url: endpoint.url, id: deliveryId, body, keys };
  }

  async #record(ended: Ended, call: Call, deadline: AbortSignal): Promise<void> {
    const { handler, pausesS } = this.#options;
    const command = endAttemptCommand(ended, { pausesS, random: Math.random() });
    try {
      await handler.execute(command, call);
    } catch (error) {
      if (deadline.aborted || !(error instanceof Unavailable)) throw error;
      await this.#record(ended, call, deadline);
    }
  }
}

/** In the trace of the event that is delivered, and because of it. */
function callFor({ eventId, traceparent }: Outgoing): Call {
  const origin = { authtype: 'system', authid: SERVICE, causationid: eventId } as const;
  const span = newTraceparent(traceIdOf(traceparent));
  return { origin: { ...origin, traceparent: span }, idempotency: undefined };
}
