import type { Check } from '../contract.ts';
import { keysOfEvent, nameOf } from '../naming.ts';
import { VOCABULARY_PATHS } from '../vocabulary/paths.ts';
import { defineCheck } from './define.ts';

export const logMapping: Check = defineCheck({
  id: 'log/mapping',
  title: 'Events of the vocabulary say what they must',
  severity: 'high',
  scope: 'all',
  needs: [
    'account',
    'transaction',
    'hold',
    'payment',
    'entry',
    'movement',
    'statement',
    'saga',
    'command',
    'consumer',
    'unusable',
  ],
  isKeyed: false,
  unit: 'events',
  reads: VOCABULARY_PATHS,
  implies: ['log/schema'],
  about: {
    proves:
      'Every event whose type is of the vocabulary has the members it needs, each of its kind: no account without an id, no posting without a direction. Where a map says what records mean, each that an entry matches has what the entry asks for, and no value that its `values` do not list.',
    skips: 'Events of other types. Amounts, which `money/minor-units` judges.',
    notFooledBy:
      'What a map calls `optional`. Additional members, any prefix and version of the type, and an account opened without a kind, of which the log just says less.',
  },
  start: (evidence) => ({
    take: (fact) => {
      evidence.checked(fact.kind === 'transaction' ? fact.events.length : 1);
      if (fact.kind !== 'unusable' || fact.problems.length === 0) return;
      const problems = fact.problems.join('; ');
      evidence.found({
        message: `${nameOf(fact.event)} does not say what its type must: ${problems}`,
        expected: `a complete ${fact.event.type}`,
        actual: problems,
        events: [fact.event.at],
        keys: keysOfEvent(fact.event, problems),
      });
    },
  }),
});
