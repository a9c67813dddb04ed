import assert from 'node:assert/strict';
import type { Decision } from '../../src/domain/decision.ts';
import type { DomainEvent, EndpointRegistered } from '../../src/domain/events.ts';
import type { Hooks } from '../../src/domain/hooks.ts';
import { MemoryHooks } from './memory-hooks.ts';

export const NOW: number = Date.parse('2027-01-01T00:00:00Z');

export function at(ms: number): string {
  return new Date(NOW + ms).toISOString();
}

export interface Given {
  hooks: Hooks;
  when(decide: (hooks: Hooks) => Decision): Then;
}

export interface Then {
  gives(...expected: DomainEvent[]): void;
  refused(code: string): void;
  known(): void;
}

/** What happened: events of our own, and `e1 5 s` for an event at position 5 about s, due to e1. */
export function given(...happened: (DomainEvent | string)[]): Given {
  const hooks = new MemoryHooks();
  for (const one of happened) {
    if (typeof one !== 'string') hooks.apply(one, NOW);
    else {
      const [endpointId = '', position = '', subject = ''] = one.split(' ');
      hooks.deliver(endpointId, Number(position), subject);
    }
  }
  return {
    hooks,
    when: (decide: (hooks: Hooks) => Decision) => {
      const decision = decide(hooks);
      return {
        gives: (...expected: DomainEvent[]) => {
          const { outcome } = decision;
          assert.equal(outcome, 'accepted', JSON.stringify(decision));
          if (outcome === 'accepted') assert.deepEqual(decision.events, expected);
        },
        refused: (code: string) => {
          assert.equal(decision.outcome === 'refused' && decision.refusal.code, code);
        },
        known: () => assert.equal(decision.outcome, 'known'),
      };
    },
  };
}

const facts = { endpointId: 'e1', url: 'https://example.com/', eventTypes: ['payments.*'] };
export const registration: EndpointRegistered = { ...facts, keyId: 'k1' };
export const registered: DomainEvent = { type: 'endpoint-registered', data: registration };
export function disabled(reason: 'requested' | 'gone'): DomainEvent {
  return { type: 'endpoint-disabled', data: { endpointId: 'e1', reason } };
}
