import { compileKeys } from '../fact-keys.ts';
import { type CompileFact, pathsOf } from '../fact-reader.ts';

const COMMAND_STEPS = ['accepted', 'rejected', 'result'] as const;

/** `saga: { name, key, step }`. Name and step are words; `{ path: … }` reads them from the record. */
export const compileSaga: CompileFact = (place, { saga }) => {
  if (saga === undefined) return undefined;
  const keys = compileKeys(place.in('saga'), saga, {
    required: ['name', 'key', 'step'],
    optional: [],
    words: { name: 'any', step: 'any' },
  });
  if (keys === undefined) return undefined;
  return {
    what: 'saga',
    paths: pathsOf(keys),
    read: (record) => ({
      kind: 'saga',
      event: record.event,
      name: record.text(keys.name, record.root),
      key: record.text(keys.key, record.root),
      step: record.text(keys.step, record.root),
    }),
  };
};

/** `command: { id, step, status }`. */
export const compileCommand: CompileFact = (place, { command }) => {
  if (command === undefined) return undefined;
  const keys = compileKeys(place.in('command'), command, {
    required: ['id', 'step'],
    optional: ['status'],
    words: { step: COMMAND_STEPS },
  });
  if (keys === undefined) return undefined;
  return {
    what: 'command',
    paths: pathsOf(keys),
    read: (record) => ({
      kind: 'command',
      event: record.event,
      commandId: record.text(keys.id, record.root),
      step: record.oneOf(keys.step, record.root, COMMAND_STEPS) ?? 'accepted',
      status: record.optionalText(keys.status, record.root),
    }),
  };
};

/** `checkpoint: { consumer, position }`. */
export const compileCheckpoint: CompileFact = (place, { checkpoint }) => {
  if (checkpoint === undefined) return undefined;
  const keys = compileKeys(place.in('checkpoint'), checkpoint, {
    required: ['consumer', 'position'],
    optional: [],
  });
  if (keys === undefined) return undefined;
  return {
    what: 'consumer',
    paths: pathsOf(keys),
    read: (record) => ({
      kind: 'consumer',
      event: record.event,
      consumer: record.text(keys.consumer, record.root),
      position: record.text(keys.position, record.root),
    }),
  };
};
