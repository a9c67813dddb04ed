import { expect, test } from 'vitest';
import { ManualClock } from '../../../kernel/time.ts';
import { nextTurn } from '../../../kernel/turn.ts';
import { eventOf } from '../engine.conformance.ts';
import type { AppendRequest } from '../contract.ts';
import { QUEUE_LIMITS, WriteQueue } from './write-queue.ts';
import type { GroupResult, WriteGroup } from './writer.ts';

/** A disk that is as slow as the test says: a group is committed when it is let through. */
class SlowDisk {
  readonly groups: WriteGroup[] = [];
  readonly #open: ((result: GroupResult) => void)[] = [];

  readonly commit = (group: WriteGroup): Promise<GroupResult> => {
    this.groups.push(group);
    return new Promise((resolve) => this.#open.push(resolve));
  };

  async letThrough(failure?: GroupResult): Promise<void> {
    const group = this.groups[this.groups.length - this.#open.length];
    const outcomes = (group?.requests ?? []).map(() => ({ kind: 'appended' as const, writes: [] }));
    this.#open.shift()?.(failure ?? { kind: 'committed', outcomes, position: 1 });
    await nextTurn();
    await nextTurn();
  }
}

function queueOn(disk: SlowDisk): WriteQueue {
  return new WriteQueue({ commit: disk.commit, clock: new ManualClock(), onCommitted: () => {} });
}

let count = 0;

function appendOf(payload = ''): AppendRequest {
  const events = [eventOf('s', `e${count++}`, payload)];
  return { writes: [{ stream: 's', expected: 'any', events }], conditions: [] };
}

test('what arrives while a commit runs shares the next', async () => {
  const disk = new SlowDisk();
  const queue = queueOn(disk);
  const first = queue.append(appendOf());
  await nextTurn();
  const rest = Array.from({ length: 5 }, () => queue.append(appendOf()));
  const probes = [queue.probe(), queue.probe()];
  expect(disk.groups.map(({ requests }) => requests.length)).toEqual([1]);
  await disk.letThrough();
  expect(await first).toMatchObject({ kind: 'appended' });
  expect(disk.groups.map(({ requests, probe }) => [requests.length, probe])).toEqual([
    [1, false],
    [5, true],
  ]);
  await disk.letThrough();
  expect(await Promise.all(rest)).toHaveLength(5);
  expect(await Promise.all(probes)).toEqual([{ ok: true }, { ok: true }]);
});

test('no answer comes before its commit, and a failed one is told to all of its group', async () => {
  const disk = new SlowDisk();
  const queue = queueOn(disk);
  const answers: string[] = [];
  const appends = Array.from({ length: 3 }, async () => {
    answers.push((await queue.append(appendOf())).kind);
  });
  await nextTurn();
  await nextTurn();
  expect(answers).toEqual([]);
  await disk.letThrough({ kind: 'outcome-unknown', detail: 'disk I/O error' });
  await Promise.all(appends);
  expect(answers).toEqual(['outcome-unknown', 'outcome-unknown', 'outcome-unknown']);
});

test('a group holds so many appends and so many characters', async () => {
  const disk = new SlowDisk();
  const queue = queueOn(disk);
  const many = Array.from({ length: QUEUE_LIMITS.groupAppends + 1 }, () =>
    queue.append(appendOf()),
  );
  const payload = 'x'.repeat(QUEUE_LIMITS.groupCharacters / 2);
  const large = Array.from({ length: 3 }, () => queue.append(appendOf(payload)));
  await nextTurn();
  for (let group = 0; group < 4; group++) await disk.letThrough();
  expect(disk.groups.map(({ requests }) => requests.length)).toEqual([
    QUEUE_LIMITS.groupAppends,
    2,
    1,
    1,
  ]);
  await Promise.all([...many, ...large]);
});

test('more than may wait is refused at once, and taken again when there is room', async () => {
  const disk = new SlowDisk();
  const queue = queueOn(disk);
  const waiting = Array.from({ length: QUEUE_LIMITS.waitingAppends }, () =>
    queue.append(appendOf()),
  );
  expect(await queue.append(appendOf())).toMatchObject({ kind: 'unavailable' });
  await nextTurn();
  const fits = queue.append(appendOf());
  for (let group = 0; group < 11; group++) await disk.letThrough();
  expect(await fits).toMatchObject({ kind: 'appended' });
  await Promise.all(waiting);
});

test('more characters than may wait are refused', async () => {
  const queue = queueOn(new SlowDisk());
  const payload = 'x'.repeat(QUEUE_LIMITS.waitingCharacters / 2);
  void queue.append(appendOf(payload));
  expect(await queue.append(appendOf(payload))).toMatchObject({ kind: 'unavailable' });
});
