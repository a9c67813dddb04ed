import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  disableEndpoint,
  enableEndpoint,
  registerEndpoint,
  requestReplay,
  rotateEndpointSecret,
} from '../src/domain/decide-endpoint.ts';
import { addSource, receiveMessage, rotateSourceSecret } from '../src/domain/decide-source.ts';
import type { DomainEvent } from '../src/domain/events.ts';
import type { Hooks } from '../src/domain/hooks.ts';
import { numberOf } from '../src/domain/numbered.ts';
import { secretsAt } from '../src/domain/secret.ts';
import { at, disabled, given, NOW, registered, registration } from './support/given.ts';

const DAY_MS = 86_400_000;

const anywhere = { publicOnly: false };

const rotatedTo = (version: number, previousUntil: string): DomainEvent => {
  const data = { endpointId: 'e1', version, keyId: 'k1', previousUntil };
  return { type: 'endpoint-secret-rotated', data };
};

describe('an endpoint', () => {
  const register = (rest: object) => (hooks: Hooks) =>
    registerEndpoint(hooks, { ...registration, ...rest }, anywhere);

  it('is registered once, and known when it is registered with the same facts', () => {
    given().when(register({})).gives(registered);
    given(registered).when(register({})).known();
    given(registered)
      .when(register({ url: 'https://b.example/' }))
      .refused('endpoint-exists');
    given(registered)
      .when(register({ keyId: 'k2' }))
      .refused('endpoint-exists');
  });

  it('is no longer known once its first secret was replaced: nobody is told a dead one', () => {
    given(registered, rotatedTo(2, at(DAY_MS)))
      .when(register({}))
      .refused('endpoint-exists');
  });

  it('is not registered where nothing may be sent', () => {
    given()
      .when(register({ url: 'https://a:b@example.com/' }))
      .refused('target-refused');
    given()
      .when((hooks) =>
        registerEndpoint(hooks, { ...registration, url: 'https://10.0.0.1' }, { publicOnly: true }),
      )
      .refused('target-refused');
  });

  it('is disabled and enabled, each only once', () => {
    const enabled: DomainEvent = { type: 'endpoint-enabled', data: { endpointId: 'e1' } };
    given(registered)
      .when((hooks) => disableEndpoint(hooks, 'e1'))
      .gives(disabled('requested'));
    given(registered, disabled('gone'))
      .when((hooks) => disableEndpoint(hooks, 'e1'))
      .refused('endpoint-disabled');
    given(registered, disabled('gone'))
      .when((hooks) => enableEndpoint(hooks, 'e1'))
      .gives(enabled);
    given(registered)
      .when((hooks) => enableEndpoint(hooks, 'e1'))
      .refused('endpoint-enabled');
    given()
      .when((hooks) => enableEndpoint(hooks, 'e1'))
      .refused('endpoint-unknown');
  });

  it('is sent a range again, unless there is nothing in it', () => {
    const replay = (range: object) => (hooks: Hooks) =>
      requestReplay(hooks, { endpointId: 'e1', ...range });
    const whole: DomainEvent = { type: 'replay-requested', data: { endpointId: 'e1' } };
    given(registered).when(replay({})).gives(whole);
    given(registered)
      .when(replay({ afterPosition: 5, upToPosition: 5 }))
      .refused('range-empty');
    given(registered)
      .when(replay({ upToPosition: 0 }))
      .refused('range-empty');
    given().when(replay({})).refused('endpoint-unknown');
  });
});

describe('the secret of an endpoint', () => {
  const secretsOf = (...events: DomainEvent[]) => given(registered, ...events).hooks.endpoint('e1');
  const versions = (nowMs: number, ...events: DomainEvent[]) => {
    const endpoint = secretsOf(...events);
    assert.ok(endpoint);
    return secretsAt(endpoint.secrets, nowMs).map(({ version }) => version);
  };

  it('is replaced by the next version, and both count for the overlap', () => {
    given(registered)
      .when((hooks) =>
        rotateEndpointSecret(hooks, { endpointId: 'e1', keyId: 'k1', overlapMs: DAY_MS }, NOW),
      )
      .gives(rotatedTo(2, at(DAY_MS)));
    const rotation = rotatedTo(2, at(DAY_MS));
    assert.deepEqual(versions(NOW + DAY_MS - 1, rotation), [2, 1]);
    assert.deepEqual(versions(NOW + DAY_MS, rotation), [2]);
  });

  it('ends at once, with all before it, when replaced without overlap', () => {
    const hurried = [rotatedTo(2, at(DAY_MS)), rotatedTo(3, at(0))];
    assert.deepEqual(versions(NOW, ...hurried), [3]);
  });

  it('counts beside at most two older ones', () => {
    const rotations = [2, 3, 4, 5].map((version) => rotatedTo(version, at(DAY_MS)));
    assert.deepEqual(versions(NOW, ...rotations), [5, 4, 3]);
  });

  it('is named by the outcome of its rotation', () => {
    const decision = rotateEndpointSecret(
      given(registered, rotatedTo(2, at(0))).hooks,
      { endpointId: 'e1', keyId: 'k1', overlapMs: 0 },
      NOW,
    );
    assert.equal(decision.outcome === 'accepted' && numberOf(decision.resourceId), 3);
    assert.throws(() => numberOf('e1'), /holds no number/);
  });
});

describe('a source', () => {
  const added: DomainEvent = { type: 'source-added', data: { source: 'psp', keyId: 'k1' } };
  const message = { source: 'psp', messageId: 'm1', sentAt: at(0), digest: 'aa', body: '{}' };
  const received: DomainEvent = { type: 'received', data: message };
  const rotation = { source: 'psp', keyId: 'k1', overlapMs: 0 };
  const rotated: DomainEvent = {
    type: 'source-secret-rotated',
    data: { source: 'psp', version: 2, keyId: 'k1', previousUntil: at(0) },
  };
  const add = (hooks: Hooks) => addSource(hooks, { source: 'psp', keyId: 'k1' });

  it('is added once, and its secret replaced', () => {
    given().when(add).gives(added);
    given(added).when(add).known();
    given(added, rotated).when(add).refused('source-exists');
    given(added)
      .when((hooks) => rotateSourceSecret(hooks, rotation, NOW))
      .gives(rotated);
    given()
      .when((hooks) => rotateSourceSecret(hooks, rotation, NOW))
      .refused('source-unknown');
  });

  it('sends a message once, however often it comes', () => {
    const receive = (rest: object) => (hooks: Hooks) =>
      receiveMessage(hooks, { ...message, ...rest });
    given(added).when(receive({})).gives(received);
    given(added, received)
      .when(receive({ sentAt: at(60_000) }))
      .known();
    given(added, received)
      .when(receive({ digest: 'bb' }))
      .refused('message-differs');
    given(added, received)
      .when(receive({ source: 'other' }))
      .gives({
        type: 'received',
        data: { ...message, source: 'other' },
      });
  });
});
