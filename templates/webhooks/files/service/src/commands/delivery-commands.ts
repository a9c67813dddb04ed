import {
  endAttempt,
  type Ended,
  type Patience,
  requestRetry,
  startAttempt,
} from '../domain/decide-delivery.ts';
import type { Hooks } from '../domain/hooks.ts';
import { numberOf } from '../domain/numbered.ts';
import type { Command } from './command.ts';

export function startAttemptCommand(deliveryId: string, leaseMs: number): Command<Hooks> {
  return {
    subjects: () => [deliveryId],
    decide: (hooks, { nowMs }) => startAttempt(hooks, deliveryId, { nowMs, leaseMs }),
    status: 201,
    answer: (_, name) => ({ deliveryId, attempt: numberOf(name) }),
  };
}

export function endAttemptCommand(ended: Ended, patience: Omit<Patience, 'nowMs'>): Command<Hooks> {
  const { deliveryId, attempt } = ended;
  return {
    subjects: () => [deliveryId],
    decide: (hooks, { nowMs }) => endAttempt(hooks, ended, { ...patience, nowMs }),
    status: 200,
    answer: () => ({ deliveryId, attempt }),
  };
}

export function retryCommand(deliveryId: string): Command<Hooks> {
  return {
    subjects: () => [deliveryId],
    decide: (hooks) => requestRetry(hooks, deliveryId),
    status: 200,
    answer: () => ({ deliveryId, status: 'pending' }),
  };
}
