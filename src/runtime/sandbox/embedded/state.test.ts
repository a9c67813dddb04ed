import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readState, removeState, type SandboxState, writeState } from './state.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fintech-state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const state: SandboxState = {
  schemaVersion: 1,
  driver: 'embedded',
  host: { pid: 7, startedAt: '123' },
  control: { url: 'http://127.0.0.1:1', token: 'secret' },
  units: [{ name: 'a', kind: 'service', url: 'http://127.0.0.1:2', readyPath: '/', processes: [] }],
};

it('comes back as it was written, readable by its owner alone, with nothing beside it', () => {
  writeState(folder, state);
  expect(readState(folder)).toEqual(state);
  expect(statSync(join(folder, 'state.json')).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['state.json']);
});

it('is none when it was never written or was removed', () => {
  expect(readState(folder)).toBeUndefined();
  writeState(folder, state);
  removeState(folder);
  removeState(folder);
  expect(readState(folder)).toBeUndefined();
});

it.each(['', '{"schemaVersion":1', 'null', '[]', '{"schemaVersion":1}'])(
  'is none when damaged: %j',
  (text) => {
    writeFileSync(join(folder, 'state.json'), text);
    expect(readState(folder)).toBeUndefined();
  },
);

it('of a newer fintech is refused instead of guessed at', () => {
  writeFileSync(join(folder, 'state.json'), '{"schemaVersion":2}');
  expect(() => readState(folder)).toThrow('a newer fintech');
});
