import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LightMyRequestResponse } from 'fastify';
import { WORKSPACE } from '../../src/names.ts';
import { parseSecret } from '../../src/signing/secret-text.ts';
import { signatureHeader } from '../../src/signing/signature.ts';
import type { Seen } from './http-fake.ts';
import { Instance, type InstanceOptions } from './instance.ts';

export interface ShownDelivery {
  deliveryId: string;
  endpointId: string;
  position: string;
  subject: string;
  type: string;
  status: string;
  attempts: number;
  nextAttemptAt?: string;
  endedAt?: string;
  failure?: { reason: string; status?: number };
}

/** Long, since a machine may be busy with much else. */
const PATIENCE_MS = 40_000;

/** A master key, so that several instances and empty data folders make the same secrets. */
export const MASTER = { WEBHOOKS_MASTER_KEY: Buffer.alloc(32, 5).toString('base64') };

/** A running webhooks service, and what tests do with it. */
export class Office extends Instance {
  /** Without pauses between tries, unless told otherwise. */
  static override async open(options: InstanceOptions = {}): Promise<Office> {
    const variables = { ...MASTER, RETRY_SCHEDULE_S: '0.01,0.01', ...options.variables };
    const office = new Office({ ...options, variables });
    await office.start();
    return office;
  }

  /** @returns the endpoint's secret */
  async register(url: string, rest: object = {}): Promise<string> {
    const reply = await this.post('/endpoints', { endpointId: 'e1', url, ...rest });
    assert.equal(reply.statusCode, 201, reply.body);
    return reply.json<{ secret: string }>().secret;
  }

  /** Puts an event of another service into the log. */
  happen(type: string, subject: string, data: object = {}): void {
    this.store.record(subject, { type: `${WORKSPACE}.${type}.v1`, data });
  }

  captured(paymentId: string, amount = 100): void {
    const subject = `payments-payment-${paymentId}`;
    this.happen('payments.captured', subject, { paymentId, amount, currency: 'EUR' });
  }

  async deliveries(query = ''): Promise<ShownDelivery[]> {
    const reply = await this.get(`/deliveries${query}`);
    assert.equal(reply.statusCode, 200, reply.body);
    return reply.json<{ deliveries: ShownDelivery[] }>().deliveries;
  }

  /** All deliveries, once there are so many in this state. */
  async settled(count: number, status = 'delivered'): Promise<ShownDelivery[]> {
    return eventually(async () => {
      const found = await this.deliveries('?limit=1000');
      return found.filter((one) => one.status === status).length === count ? found : undefined;
    });
  }

  /** Receives a message that is signed with a secret, but for what is changed. */
  receive(
    source: string,
    body: string,
    { secret, headers = {}, id = 'm1', timestampS = nowS() }: InboundDraft,
  ): Promise<LightMyRequestResponse> {
    const key = parseSecret(secret);
    assert.ok(key);
    return this.post(`/inbound/${source}`, body, {
      authorization: '',
      'webhook-id': id,
      'webhook-timestamp': String(timestampS),
      'webhook-signature': signatureHeader({ id, timestampS, body }, [key]),
      ...headers,
    });
  }
}

export interface InboundDraft {
  secret: string;
  id?: string;
  timestampS?: number;
  headers?: Record<string, string>;
}

export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}

/** What a look finds, looked for again and again; fails when it never finds anything. */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(Date.now() < end, `not within ${PATIENCE_MS} ms`);
    await sleep(10);
  }
}

/** The payment that a message is about. */
export function paymentOf({ body }: Seen): string {
  return (JSON.parse(body) as { data: { paymentId: string } }).data.paymentId;
}
