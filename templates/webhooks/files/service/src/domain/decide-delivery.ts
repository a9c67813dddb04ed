import { accepted, type Decision, refused } from './decision.ts';
import type { Delivery } from './delivery.ts';
import type { DomainEvent, FailureReason } from './events.ts';
import type { Hooks } from './hooks.ts';
import { numbered } from './numbered.ts';
import { pauseMs } from './retry-schedule.ts';

/** How a try ended. */
export type Outcome =
  | { ok: true; status: number }
  | { ok: false; reason: FailureReason; status?: number; retryAfterS?: number };

export interface Ended {
  deliveryId: string;
  attempt: number;
  outcome: Outcome;
}

/** What a failed try's next one depends on. */
export interface Patience {
  nowMs: number;
  pausesS: readonly number[];
  /** From 0 to 1. */
  random: number;
}

const GONE = 410;

/** Claims the next try of a delivery, if it stands first among those of its subject and is due. */
export function startAttempt(
  hooks: Hooks,
  deliveryId: string,
  { nowMs, leaseMs }: { nowMs: number; leaseMs: number },
): Decision {
  const delivery = hooks.delivery(deliveryId);
  if (delivery === undefined) return refused('delivery-unknown', `no delivery ${deliveryId}`);
  const { endpointId, subject, dueMs, attempts } = delivery;
  if (hooks.endpoint(endpointId)?.status !== 'enabled') {
    return refused('endpoint-disabled', `${endpointId} is disabled`);
  }
  const { headId, busyUntilMs = 0 } = hooks.lane(endpointId, subject);
  if (headId !== deliveryId || dueMs > nowMs || busyUntilMs > nowMs) {
    return refused('delivery-not-due', `it is not the turn of ${deliveryId}`);
  }
  const leaseUntil = new Date(nowMs + leaseMs).toISOString();
  const data = { deliveryId, endpointId, attempt: attempts + 1, leaseUntil };
  return accepted(numbered(deliveryId, data.attempt), [{ type: 'attempt-started', data }]);
}

/** Records how a try ended, unless another has been started since. */
export function endAttempt(
  hooks: Hooks,
  { deliveryId, attempt, outcome }: Ended,
  patience: Patience,
): Decision {
  const delivery = hooks.delivery(deliveryId);
  if (delivery === undefined) return refused('delivery-unknown', `no delivery ${deliveryId}`);
  if (delivery.status !== 'sending' || delivery.attempts !== attempt) {
    return refused('attempt-superseded', `${deliveryId} is at another attempt`);
  }
  const { endpointId } = delivery;
  if (outcome.ok) {
    const data = { deliveryId, endpointId, attempt, status: outcome.status };
    return accepted(deliveryId, [{ type: 'delivered', data }]);
  }
  const { reason, status, retryAfterS } = outcome;
  const failed = { deliveryId, endpointId, attempt, reason, ...(status && { status }) };
  const failure = failureEvent(failed, { delivery, retryAfterS, patience });
  return accepted(deliveryId, [failure, ...disabling(hooks, endpointId, status)]);
}

/** Asks for one more round of tries, whether it was given up, still waits, or was delivered. */
export function requestRetry(hooks: Hooks, deliveryId: string): Decision {
  const delivery = hooks.delivery(deliveryId);
  if (delivery === undefined) return refused('delivery-unknown', `no delivery ${deliveryId}`);
  const { endpointId, status } = delivery;
  if (status === 'sending') return refused('delivery-in-flight', `${deliveryId} is on its way`);
  return accepted(deliveryId, [{ type: 'retry-requested', data: { deliveryId, endpointId } }]);
}

type FailedData = Extract<DomainEvent, { type: 'dead-lettered' }>['data'];

function failureEvent(
  failed: FailedData,
  about: { delivery: Delivery; retryAfterS: number | undefined; patience: Patience },
): DomainEvent {
  const { delivery, retryAfterS, patience } = about;
  const { nowMs, pausesS, random } = patience;
  const waitMs = pauseMs(pausesS, { tried: delivery.tried, retryAfterS }, random);
  if (waitMs === undefined) return { type: 'dead-lettered', data: failed };
  const nextAttemptAt = new Date(nowMs + waitMs).toISOString();
  return { type: 'attempt-failed', data: { ...failed, nextAttemptAt } };
}

/** Gone means that nobody listens there any more: nothing else is sent until it is enabled again. */
function disabling(hooks: Hooks, endpointId: string, status: number | undefined): DomainEvent[] {
  if (status !== GONE || hooks.endpoint(endpointId)?.status !== 'enabled') return [];
  return [{ type: 'endpoint-disabled', data: { endpointId, reason: 'gone' } }];
}
