import { expect, it } from 'vitest';
import { UnitStateMachine } from './unit-states.ts';

it('moves along the table', () => {
  const machine = new UnitStateMachine();
  for (const state of [
    'starting',
    'ready',
    'restarting',
    'starting',
    'crashed',
    'starting',
    'crashed',
    'restarting',
    'stopped',
  ] as const) {
    machine.move(state);
    expect(machine.state).toBe(state);
  }
});

it('refuses a transition that the table does not have', () => {
  const machine = new UnitStateMachine();
  expect(() => machine.move('ready')).toThrow('a unit cannot go from stopped to ready');
});
