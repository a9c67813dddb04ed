import { describe, expect, it } from 'vitest';
import { runnerLineOf, runnerMessageOf, shownLine } from './runner-message.ts';
import type { RunnerMessage } from './service-runner.ts';

const MESSAGES: RunnerMessage[] = [
  { state: 'running', process: undefined },
  { state: 'restarting', why: 'exit code 3' },
  { state: 'crashed', why: 'there is no folder "/workspace/é"\nat all' },
  { state: 'unwatched', why: 'ENOSPC: too many watchers' },
];

describe('what a runner prints', () => {
  it.each(MESSAGES)('is one line that is read back: $state', (message) => {
    const line = runnerLineOf(message);
    expect(line).not.toContain('\n');
    expect(runnerMessageOf(line)).toEqual(message);
  });

  it('says nothing of the process, which has another number outside of its container', () => {
    const line = runnerLineOf({ state: 'running', process: { pid: 7, startedAt: '1' } });
    expect(line).toBe('{"fintech":"runner","state":"running"}');
  });

  it('is found behind the time, and behind a line the service did not end', () => {
    const line = runnerLineOf({ state: 'restarting', why: 'exit code 1' });
    for (const before of ['2027-01-01T00:00:00.000000000Z ', 'half a {"line": ', line]) {
      expect(runnerMessageOf(before + line)).toEqual({ state: 'restarting', why: 'exit code 1' });
    }
  });

  it('is cut where a reason is longer than 1000 characters', () => {
    const line = runnerLineOf({ state: 'crashed', why: 'x'.repeat(5000) });
    expect(runnerMessageOf(line)).toEqual({ state: 'crashed', why: 'x'.repeat(1000) });
  });
});

it.each([
  '',
  'listening on 3000',
  '{"fintech":"other","state":"crashed","why":"x"}',
  '{"fintech":"runner","state":"crashed"}',
  '{"fintech":"runner","state":"crashed","why":7}',
  '{"fintech":"runner","state":"happy","why":"x"}',
  '{"fintech":"runner","state":"crashed","why":"x"',
  '{"fintech":"runner","state":"crashed","why":"x"} and more',
  `{"fintech":"runner","state":"crashed","why":"${'x'.repeat(16_384)}"}`,
])('what is no message of a runner is none: %j', (line) => {
  expect(runnerMessageOf(line)).toBeUndefined();
});

describe('a line of a log, for people', () => {
  it.each([
    ['listening on 3000', 'listening on 3000'],
    [runnerLineOf({ state: 'running', process: undefined }), undefined],
    [`half${runnerLineOf({ state: 'running', process: undefined })}`, 'half'],
    [
      runnerLineOf({ state: 'restarting', why: 'exit code 3' }),
      '[fintech: restarting: exit code 3]',
    ],
    [
      `half ${runnerLineOf({ state: 'crashed', why: 'exit code 3' })}`,
      'half [fintech: crashed: exit code 3]',
    ],
    [
      runnerLineOf({ state: 'unwatched', why: 'ENOSPC: too many watchers' }),
      '[fintech: ENOSPC: too many watchers]',
    ],
  ])('%s', (line, shown) => {
    expect(shownLine(line)).toBe(shown);
  });
});
