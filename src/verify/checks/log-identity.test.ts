import { describe, expect, test } from 'vitest';
import { memorySource, verifyBytes, verifySources } from '../testing/verify-bytes.ts';

describe('log/id-reuse and log/duplicates', () => {
  const twice = async (first: string, second: string) => {
    const { checks } = await verifyBytes(Buffer.from(`${first}\n${second}\n`));
    return checks.filter(({ found }) => found > 0).map(({ id }) => id);
  };
  const event = (rest: string) => `{"specversion":"1.0","id":"e","source":"/s","type":"t",${rest}}`;

  test('member order, white space and the attributes of the store make no other event', async () => {
    const first = event(
      '"data":{"a":1,"b":"\\u00e9"},"streamrevision":0,"globalposition":"1","subject":"s"',
    );
    const second = event(
      '"subject":"s", "data": {"b":"é","a":1},"globalposition":"2","streamrevision":1',
    );
    expect(await twice(first, second)).toEqual(['log/duplicates']);
  });

  test('other digits do', async () => {
    expect(await twice(event('"data":1'), event('"data":1.0'))).toEqual(['log/id-reuse']);
  });

  test('a line that stands twice is named by its lines, for its position is one', async () => {
    const line = event('"globalposition":"1"');
    const { findings } = await verifyBytes(Buffer.from(`${line}\n${line}\n`));
    expect(findings.map(({ message }) => message)).toContain(
      'event "e" of position 1 (line 1) is stored again at position 1 (line 2)',
    );
    const other = event('"data":1,"globalposition":"1"');
    const reused = await verifyBytes(Buffer.from(`${line}\n${other}\n`));
    expect(reused.findings.map(({ message }) => message)).toContain(
      'event id "e" at position 1 (line 2) was used at position 1 (line 1) for another body',
    );
  });

  test('each of two logs may hold the same event', async () => {
    const bytes = Buffer.from(`${event('"data":1')}\n`);
    const { findings } = await verifySources([
      memorySource('a', [bytes]),
      memorySource('b', [bytes]),
    ]);
    expect(findings).toEqual([]);
  });
});
