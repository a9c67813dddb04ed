import type { Evidence } from '../evidence.ts';
import type { HistoryCheck } from './contract.ts';
import { endOf, type History, type Operation, recordsOf } from './operation.ts';
import { type LogCalls, type LogCall, logCallsOf } from './log-calls.ts';
import { unfilledPositions } from './log-holes.ts';

export const historyLog: HistoryCheck = {
  id: 'history/log',
  title: 'Appends and reads of a log agree with the time they were made in',
  severity: 'critical',
  models: ['log'],
  unit: 'calls',
  reads: ['process', 'type', 'f', 'value', 'position'],
  implies: [],
  about: {
    proves:
      'The calls are linearizable: no position was given twice, no append that began after another ended got a position before it, no read missed an append that had ended or saw one that had not begun, and every position that was seen was given to some append. `append` ends with its position, from 1; `read` ends with the last position there is, 0 for none. Exact, in one sweep over the calls in order of time.',
    skips:
      'Positions before the first one that the history shows: the log may have held them before.',
    notFooledBy:
      'Appends that timed out (`info`, or no end at all): one may have taken a position that nobody was given, from its beginning on, or none. Appends that failed took none.',
  },
  judge: (history, evidence) => Promise.resolve(judge(history, evidence)),
};

function judge({ operations }: History, evidence: Evidence): void {
  const calls = logCallsOf(operations);
  evidence.checked(calls.ended.length);
  givenTwice(calls, evidence);
  outOfTime(calls, evidence);
  for (const hole of unfilledPositions(calls)) {
    const range = hole.from === hole.to ? `${hole.from}` : `${hole.from} to ${hole.to}`;
    const expected = `an append that began before line ${hole.seenBy.operation.end?.at.line} and was given position ${range}`;
    evidence.found({
      message: `${nameOf(hole.seenBy)} shows position ${range}, which no append can have taken`,
      expected,
      actual: 'none',
      events: recordsOf([hole.seenBy.operation]),
      keys: [],
    });
  }
}

function givenTwice({ ended }: LogCalls, evidence: Evidence): void {
  const given = new Map<number, LogCall>();
  for (const call of ended) {
    if (call.kind === 'read') continue;
    const first = given.get(call.position);
    if (first === undefined) given.set(call.position, call);
    else {
      evidence.found({
        message: `${nameOf(call)} was given position ${call.position}, and so was the append of ${endOf(first.operation)}`,
        expected: 'a position of its own',
        actual: `position ${call.position} again`,
        events: recordsOf([first.operation, call.operation]),
        keys: [],
      });
    }
  }
}

/** Each call against the one with the highest rank among those that ended before it began. */
function outOfTime({ ended }: LogCalls, evidence: Evidence): void {
  const byEnd = ended.toSorted((a, b) => a.operation.returnedAt - b.operation.returnedAt);
  let next = 0;
  let highest: LogCall | undefined;
  for (const call of ended) {
    for (let before = byEnd[next]; before !== undefined; before = byEnd[next]) {
      if (before.operation.returnedAt > call.operation.calledAt) break;
      if (highest === undefined || rankOf(before) > rankOf(highest)) highest = before;
      next++;
    }
    if (highest === undefined || rankOf(highest) <= rankOf(call)) continue;
    const expected = `${call.kind === 'read' ? 'a tail' : 'a position'} of ${highest.position + (call.kind === 'read' ? 0 : 1)} or more`;
    evidence.found({
      message: `${nameOf(call)} contradicts time: ${nameOf(highest)} had shown position ${highest.position} before it began; expected ${expected}, found ${call.position}`,
      expected,
      actual: `${call.position}`,
      events: recordsOf([highest.operation, call.operation]),
      keys: [],
    });
  }
}

/** Where a call stands in the only order there can be: a read right behind the append it saw last. */
function rankOf({ kind, position }: LogCall): number {
  return 2 * position + (kind === 'read' ? 1 : 0);
}

function nameOf({ kind, operation }: { kind: LogCall['kind']; operation: Operation }): string {
  return `the ${kind} of ${endOf(operation)}`;
}
