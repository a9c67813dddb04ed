import type { AppendOutcome, ExpectedRevision } from './contract.ts';

/** `a` is the event with the id a; `a*` one with the same id and another body. */
type EventWord = string;

/** A write: stream, expected revision, events. */
type WriteWords = readonly [stream: string, expected: ExpectedRevision, events: EventWord[]];

interface AppendStep {
  append: readonly WriteWords[];
  conditions?: readonly (readonly [stream: string, expected: ExpectedRevision])[];
  answer: AppendOutcome;
}

/** A sequence of appends to an empty log, the answer to each, and the ids the log then holds. */
export interface AppendCase {
  title: string;
  steps: readonly AppendStep[];
  log: string;
}

type Place = readonly [stream: string, revision: number, positions: number[]];

const written = (kind: 'appended' | 'duplicate', places: Place[]): AppendOutcome => ({
  kind,
  writes: places.map(([stream, revision, positions]) => ({ stream, revision, positions })),
});
const appended = (...places: Place[]): AppendOutcome => written('appended', places);
const duplicate = (...places: Place[]): AppendOutcome => written('duplicate', places);
const conflict = (...failures: [string, ExpectedRevision, number | 'none'][]): AppendOutcome => ({
  kind: 'conflict',
  failures: failures.map(([stream, expected, actual]) => ({ stream, expected, actual })),
});
const keys = (ids: string): { source: string; id: string }[] =>
  ids.split('').map((id) => ({ source: '/conformance', id }));
const reuse = (ids: string): AppendOutcome => ({ kind: 'id-reuse', events: keys(ids) });
const partial = (ids: string): AppendOutcome => ({ kind: 'partial-replay', known: keys(ids) });

const first: AppendStep = {
  append: [['s', 'none', ['a', 'b']]],
  answer: appended(['s', 1, [1, 2]]),
};
const MODES = ['any', 'none', 'exists', 0, 1, 7] as const;

export const APPEND_CASES: readonly AppendCase[] = [
  {
    title: 'revisions count per stream from 0, positions over the log from 1',
    steps: [
      { append: [['s', 'any', ['a']]], answer: appended(['s', 0, [1]]) },
      { append: [['t', 'any', ['b', 'c']]], answer: appended(['t', 1, [2, 3]]) },
      { append: [['s', 'any', ['d']]], answer: appended(['s', 1, [4]]) },
    ],
    log: 'abcd',
  },
  {
    title: 'an absent stream meets any and none',
    steps: [
      { append: [['s', 'exists', ['a']]], answer: conflict(['s', 'exists', 'none']) },
      { append: [['s', 0, ['a']]], answer: conflict(['s', 0, 'none']) },
      { append: [['s', 'none', ['a']]], answer: appended(['s', 0, [1]]) },
      { append: [['t', 'any', ['b']]], answer: appended(['t', 0, [2]]) },
    ],
    log: 'ab',
  },
  {
    title: 'a present stream meets any, exists and its own revision',
    steps: [
      first,
      { append: [['s', 'none', ['c']]], answer: conflict(['s', 'none', 1]) },
      { append: [['s', 0, ['c']]], answer: conflict(['s', 0, 1]) },
      { append: [['s', 2, ['c']]], answer: conflict(['s', 2, 1]) },
      { append: [['s', 1, ['c']]], answer: appended(['s', 2, [3]]) },
      { append: [['s', 'exists', ['d']]], answer: appended(['s', 3, [4]]) },
      { append: [['s', 'any', ['e']]], answer: appended(['s', 4, [5]]) },
    ],
    log: 'abcde',
  },
  ...MODES.map((mode) => ({
    title: `a full retry answers with the first places, whatever it expects (${mode})`,
    steps: [
      first,
      { append: [['t', 'any', ['c']]], answer: appended(['t', 0, [3]]) },
      { append: [['s', mode, ['a', 'b']]], answer: duplicate(['s', 1, [1, 2]]) },
      { append: [['s', mode, ['a']]], answer: duplicate(['s', 0, [1]]) },
    ] satisfies AppendStep[],
    log: 'abc',
  })),
  ...MODES.map((mode) => ({
    title: `the same id with another body is refused before anything expected (${mode})`,
    steps: [
      first,
      { append: [['s', mode, ['b*']]], answer: reuse('b') },
      { append: [['s', mode, ['a*', 'b*']]], answer: reuse('ab') },
      { append: [['s', mode, ['c', 'b*', 'a']]], answer: reuse('b') },
    ] satisfies AppendStep[],
    log: 'ab',
  })),
  ...MODES.map((mode) => ({
    title: `a batch that is partly known is refused before anything expected (${mode})`,
    steps: [
      first,
      { append: [['s', mode, ['b', 'c']]], answer: partial('b') },
      { append: [['s', mode, ['c', 'a', 'b', 'd']]], answer: partial('ab') },
    ] satisfies AppendStep[],
    log: 'ab',
  })),
  {
    title: 'an id known in one stream is reuse in another',
    steps: [first, { append: [['t', 'any', ['a']]], answer: reuse('a') }],
    log: 'ab',
  },
  {
    title: 'several streams are written together or not at all',
    steps: [
      first,
      {
        append: [
          ['t', 'none', ['c']],
          ['s', 0, ['d']],
          ['u', 'exists', ['e']],
        ],
        answer: conflict(['s', 0, 1], ['u', 'exists', 'none']),
      },
      {
        append: [
          ['t', 'none', ['c']],
          ['s', 1, ['d', 'e']],
        ],
        answer: appended(['t', 0, [3]], ['s', 3, [4, 5]]),
      },
      {
        append: [
          ['t', 'none', ['c']],
          ['s', 1, ['d', 'e']],
        ],
        answer: duplicate(['t', 0, [3]], ['s', 3, [4, 5]]),
      },
      {
        append: [
          ['t', 'any', ['c']],
          ['s', 'any', ['f']],
        ],
        answer: partial('c'),
      },
    ],
    log: 'abcde',
  },
  {
    title: 'a later write of a request sees the earlier',
    steps: [
      {
        append: [
          ['s', 'none', ['a']],
          ['t', 'none', ['b']],
          ['s', 0, ['c', 'd']],
          ['s', 2, ['e']],
        ],
        answer: appended(['s', 0, [1]], ['t', 0, [2]], ['s', 2, [3, 4]], ['s', 3, [5]]),
      },
      {
        append: [
          ['s', 3, ['f']],
          ['s', 'none', ['g']],
          ['s', 4, ['h']],
        ],
        answer: conflict(['s', 'none', 4], ['s', 4, 5]),
      },
    ],
    log: 'abcde',
  },
  {
    title: 'conditions are checked and their streams left alone',
    steps: [
      first,
      {
        append: [['t', 'any', ['c']]],
        conditions: [
          ['s', 0],
          ['u', 'exists'],
        ],
        answer: conflict(['s', 0, 1], ['u', 'exists', 'none']),
      },
      {
        append: [['t', 'any', ['c']]],
        conditions: [
          ['s', 1],
          ['u', 'none'],
          ['t', 'none'],
        ],
        answer: appended(['t', 0, [3]]),
      },
      { append: [['t', 'any', ['c']]], conditions: [['s', 99]], answer: duplicate(['t', 0, [3]]) },
      {
        append: [['t', 'any', ['d']]],
        conditions: [['s', 1]],
        answer: appended(['t', 1, [4]]),
      },
    ],
    log: 'abcd',
  },
  {
    title: 'what was refused can be sent again',
    steps: [
      { append: [['s', 5, ['a']]], answer: conflict(['s', 5, 'none']) },
      { append: [['s', 'any', ['a*']]], answer: appended(['s', 0, [1]]) },
      { append: [['s', 'any', ['a']]], answer: reuse('a') },
    ],
    log: 'a',
  },
];
