import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  endAttempt,
  type Outcome,
  requestRetry,
  startAttempt,
} from '../src/domain/decide-delivery.ts';
import { deliveryIdOf } from '../src/domain/delivery.ts';
import type { DomainEvent } from '../src/domain/events.ts';
import type { Hooks } from '../src/domain/hooks.ts';
import { at, disabled, given, NOW, registered } from './support/given.ts';

const LEASE_MS = 20_000;

const id = (position: number, endpointId = 'e1') =>
  deliveryIdOf(endpointId, { position, eventId: `e${position}` });

const started = (position: number, attempt = 1, leaseUntil = at(LEASE_MS)): DomainEvent => {
  const data = { deliveryId: id(position), endpointId: 'e1', attempt, leaseUntil };
  return { type: 'attempt-started', data };
};

const ended = (position: number, attempt = 1) => {
  return { deliveryId: id(position), endpointId: 'e1', attempt };
};

const delivered = (position: number, attempt = 1): DomainEvent => {
  return { type: 'delivered', data: { ...ended(position, attempt), status: 200 } };
};

const failed = (position: number, nextAttemptAt: string, attempt = 1): DomainEvent => {
  const data = { ...ended(position, attempt), reason: 'timeout', nextAttemptAt } as const;
  return { type: 'attempt-failed', data };
};

const start =
  (position: number, nowMs = NOW) =>
  (hooks: Hooks) =>
    startAttempt(hooks, id(position), { nowMs, leaseMs: LEASE_MS });

const end =
  (position: number, outcome: Outcome, { attempt = 1, pausesS = [5, 300] } = {}) =>
  (hooks: Hooks) => {
    const patience = { nowMs: NOW, pausesS, random: 0 };
    return endAttempt(hooks, { deliveryId: id(position), attempt, outcome }, patience);
  };

const answered = (status: number, retryAfterS?: number): Outcome => {
  return { ok: false, reason: 'status', status, ...(retryAfterS && { retryAfterS }) };
};

describe('a try', () => {
  it('is claimed before it is made, for as long as a lease', () => {
    const waiting = given(registered, 'e1 5 s');
    waiting.when(start(5)).gives(started(5));
    const decision = start(5)(waiting.hooks);
    assert.equal(decision.outcome === 'accepted' && decision.resourceId, `${id(5)}@1`);
  });

  it('is made in the order of the log for one subject, and side by side for others', () => {
    const two = given(registered, 'e1 5 s', 'e1 6 s', 'e1 7 t');
    two.when(start(6)).refused('delivery-not-due');
    two.when(start(7)).gives(started(7));
    given(registered, 'e1 5 s', 'e1 6 s', started(5)).when(start(6)).refused('delivery-not-due');
    given(registered, 'e1 5 s', 'e1 6 s', started(5), delivered(5))
      .when(start(6))
      .gives(started(6));
  });

  it('is made by one of two: the other finds it claimed', () => {
    given(registered, 'e1 5 s', started(5)).when(start(5)).refused('delivery-not-due');
  });

  it('is made by another once the lease of the first has ended', () => {
    const lost = given(registered, 'e1 5 s', started(5, 1, at(0)));
    lost.when(start(5)).gives(started(5, 2));
  });

  it('waits for its time, and so do later ones of the subject', () => {
    const waiting = given(registered, 'e1 5 s', 'e1 6 s', started(5), failed(5, at(5000)));
    waiting.when(start(5)).refused('delivery-not-due');
    waiting.when(start(6)).refused('delivery-not-due');
    waiting.when(start(5, NOW + 5000)).gives(started(5, 2, at(5000 + LEASE_MS)));
  });

  it('waits while the endpoint is disabled', () => {
    given(registered, 'e1 5 s', disabled('requested')).when(start(5)).refused('endpoint-disabled');
  });

  it('waits for one of the subject that is on its way, though it stands before it', () => {
    const again: DomainEvent = {
      type: 'retry-requested',
      data: { deliveryId: id(5), endpointId: 'e1' },
    };
    const happened = ['e1 5 s', 'e1 6 s', started(5), delivered(5), started(6), again];
    given(registered, ...happened)
      .when(start(5))
      .refused('delivery-not-due');
  });
});

describe('the outcome of a try', () => {
  const trying = (...rest: DomainEvent[]) => given(registered, 'e1 5 s', started(5), ...rest);

  it('is delivered at 2xx', () => {
    trying()
      .when(end(5, { ok: true, status: 200 }))
      .gives(delivered(5));
  });

  it('is another try later, and a dead letter after the last', () => {
    const timeout = { ok: false, reason: 'timeout' } as const;
    trying()
      .when(end(5, timeout))
      .gives(failed(5, at(5000)));
    const again = [failed(5, at(0)), started(5, 2)];
    trying(...again)
      .when(end(5, timeout, { attempt: 2 }))
      .gives(failed(5, at(300_000), 2));
    const thrice = [...again, failed(5, at(0), 2), started(5, 3)];
    const letter: DomainEvent = {
      type: 'dead-lettered',
      data: { ...ended(5, 3), reason: 'timeout' },
    };
    trying(...thrice)
      .when(end(5, timeout, { attempt: 3 }))
      .gives(letter);
    const dead = [...thrice, letter];
    given(registered, 'e1 5 s', 'e1 6 s', started(5), ...dead)
      .when(start(6))
      .gives(started(6));
  });

  it('counts tries whose outcome nobody recorded', () => {
    const lost = given(registered, 'e1 5 s', started(5, 1, at(0)), started(5, 2));
    lost.when(end(5, answered(500), { attempt: 2, pausesS: [5] })).gives({
      type: 'dead-lettered',
      data: { ...ended(5, 2), reason: 'status', status: 500 },
    });
  });

  it('is later still when the receiver asks for it', () => {
    const data = { ...ended(5), reason: 'status', status: 503, nextAttemptAt: at(60_000) } as const;
    trying()
      .when(end(5, answered(503, 60)))
      .gives({ type: 'attempt-failed', data });
  });

  it('disables the endpoint at 410, and keeps the delivery for when it is enabled', () => {
    const data = { ...ended(5), reason: 'status', status: 410, nextAttemptAt: at(5000) } as const;
    trying()
      .when(end(5, answered(410)))
      .gives({ type: 'attempt-failed', data }, disabled('gone'));
    trying(disabled('requested'))
      .when(end(5, answered(410)))
      .gives({ type: 'attempt-failed', data });
  });

  it('is not recorded of a try that somebody else has taken over', () => {
    const success = { ok: true, status: 200 } as const;
    trying(started(5, 2)).when(end(5, success)).refused('attempt-superseded');
    trying(delivered(5)).when(end(5, success)).refused('attempt-superseded');
  });
});

describe('a retry by hand', () => {
  const retry = (hooks: Hooks) => requestRetry(hooks, id(5));
  const asked: DomainEvent = {
    type: 'retry-requested',
    data: { deliveryId: id(5), endpointId: 'e1' },
  };
  const letter: DomainEvent = { type: 'dead-lettered', data: { ...ended(5), reason: 'timeout' } };

  it('brings back a dead letter, with a whole schedule before it', () => {
    const dead = given(registered, 'e1 5 s', started(5), letter);
    dead.when(retry).gives(asked);
    const back = given(registered, 'e1 5 s', started(5), letter, asked);
    back.when(start(5)).gives(started(5, 2));
    const trying = given(registered, 'e1 5 s', started(5), letter, asked, started(5, 2));
    trying
      .when(end(5, { ok: false, reason: 'timeout' }, { attempt: 2 }))
      .gives(failed(5, at(5000), 2));
  });

  it('hurries one that waits, and sends again what was delivered', () => {
    const waiting = given(registered, 'e1 5 s', started(5), failed(5, at(5000)), asked);
    waiting.when(start(5)).gives(started(5, 2));
    given(registered, 'e1 5 s', started(5), delivered(5)).when(retry).gives(asked);
  });

  it('is refused while it is on its way, and for what nobody knows', () => {
    given(registered, 'e1 5 s', started(5)).when(retry).refused('delivery-in-flight');
    given(registered).when(retry).refused('delivery-unknown');
  });
});

describe('a delivery', () => {
  it('has the same id whenever it is made, and another for each endpoint, place and event', () => {
    const event = { position: 5, eventId: 'a' };
    assert.equal(deliveryIdOf('e1', event), deliveryIdOf('e1', { ...event }));
    const ids = [
      deliveryIdOf('e1', event),
      deliveryIdOf('e2', event),
      deliveryIdOf('e1', { ...event, position: 6 }),
      deliveryIdOf('e1', { ...event, eventId: 'b' }),
    ];
    assert.equal(new Set(ids).size, ids.length);
    for (const one of ids) assert.match(one, /^msg_[0-9a-f]{32}$/);
  });
});
