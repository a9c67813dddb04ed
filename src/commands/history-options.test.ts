import { expect, test } from 'vitest';
import { historyOf } from './history-options.ts';

test('a history has a model, a minute, and no total unless told', () => {
  expect(historyOf({ history: 'h.edn', model: 'kv' }, {})).toEqual({
    file: 'h.edn',
    model: 'kv',
    timeoutMs: 60_000,
    total: undefined,
  });
  expect(historyOf({}, { 'a source': ['log.ndjson'] })).toBeUndefined();
});

test.each([
  [{ model: 'kv' }, {}, '--model needs --history'],
  [{ timeout: 5 }, {}, '--timeout needs --history'],
  [{ history: 'h' }, {}, '--history needs --model'],
  [{ history: 'h', model: 'kvs' }, {}, 'no --model "kvs". Did you mean "kv"?'],
  [{ history: 'h', model: 'kv' }, { 'a source': ['x'] }, 'a source does not go with --history'],
  [{ history: 'h', model: 'kv' }, { '--only': ['x'] }, '--only does not go with --history'],
])('%j with %j is refused: %s', (flags, others, message) => {
  expect(() => historyOf(flags, others)).toThrow(message);
});
