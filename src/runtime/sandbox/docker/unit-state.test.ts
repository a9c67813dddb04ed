import type { ContainerInspectInfo } from 'dockerode';
import { expect, it } from 'vitest';
import { type UnitFacts, unitStateOf } from './unit-state.ts';

const NOW = Date.parse('2027-01-01T12:00:00Z');
const EXITED = { Status: 'exited', ExitCode: 137, OOMKilled: false, Error: '' };
const RUNNING = { Status: 'running', StartedAt: '2027-01-01T11:59:59Z' };

/** What the engine would say, of which only this matters. */
const told = (state: Partial<ContainerInspectInfo['State']>, rest: Partial<UnitFacts> = {}) =>
  unitStateOf({
    state: state as ContainerInspectInfo['State'],
    createdMs: NOW - 1000,
    restarts: 0,
    othersRun: true,
    answer: { ready: false },
    runner: undefined,
    nowMs: NOW,
    ...rest,
  });

it('counts a unit that does not answer as starting for half a minute, then as unready', () => {
  expect(told(RUNNING)).toEqual({ state: 'starting' });
  expect(told(RUNNING, { nowMs: NOW + 29_000 })).toEqual({ state: 'unready' });
  expect(told(RUNNING, { answer: { ready: false, why: 'no disk' } })).toMatchObject({
    why: 'no disk',
  });
  expect(told(RUNNING, { answer: { ready: true } })).toEqual({ state: 'ready' });
});

it('believes in a start that is going on for as long, then calls it broken off', () => {
  const made = { Status: 'created', Error: '' };
  expect(told(made)).toEqual({ state: 'starting' });
  expect(told(made, { createdMs: NOW - 31_000 })).toEqual({
    state: 'stopped',
    why: 'its start broke off',
  });
  expect(told({ ...made, Error: 'port is already allocated' })).toEqual({
    state: 'stopped',
    why: 'Docker could not start it',
  });
});

it('tells what was stopped from what ended too often', () => {
  expect(told(EXITED)).toEqual({ state: 'stopped', why: 'stopped by hand' });
  expect(told(EXITED, { othersRun: false }).why).toBe('stopped by hand, or with Docker');
  expect(told({ ...EXITED, ExitCode: 0 }, { restarts: 5 }).state).toBe('stopped');
  expect(told(EXITED, { restarts: 5 }).why).toBe('exit code 137, after 5 restarts');
  expect(told({ ...EXITED, OOMKilled: true }, { restarts: 5 })).toEqual({
    state: 'crashed',
    why: 'it ran out of memory, after 5 restarts',
  });
  const held = 'driver failed: port is already allocated';
  expect(told({ ...EXITED, Error: held })).toEqual({ state: 'crashed', why: held });
});
