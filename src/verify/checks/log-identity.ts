import type { Check, Proof } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventRef, FactOf, IdentityFact } from '../facts.ts';
import { placeBeside, quoted } from '../naming.ts';
import { defineCheck } from './define.ts';

export const logIdReuse: Check = defineCheck({
  id: 'log/id-reuse',
  title: 'One source and id never stand for two different events',
  severity: 'critical',
  scope: 'log',
  needs: ['identity'],
  isKeyed: true,
  unit: 'events',
  // It compares whole bodies; which of it is customer data it cannot know.
  reads: ['source'],
  implies: ['ledger/double-effect', 'saga/causation'],
  about: {
    proves:
      'Events of the same `source` and `id` are equal JSON values: white space and member order aside, numbers compared by their digits, the attributes of the store left out.',
    skips: 'Events without a readable `source` or `id`, which `log/envelope` reports.',
    notFooledBy: 'The same event stored twice: that is `log/duplicates`.',
  },
  start: (evidence, { maxKeys }) => ({
    take: (fact) => judge(fact, { evidence, maxKeys, proofs: { other: reuse } }),
  }),
});

export const logDuplicates: Check = defineCheck({
  id: 'log/duplicates',
  title: 'No event is stored twice',
  severity: 'critical',
  scope: 'log',
  needs: ['identity'],
  isKeyed: true,
  unit: 'events',
  reads: ['source'],
  implies: ['ledger/double-effect', 'ledger/limits', 'ledger/holds', 'ledger/accounts'],
  about: {
    proves:
      'No event stands in the log a second time, under another position: the same `source`, the same `id`, the same body.',
    skips: 'Events without a readable `source` or `id`, which `log/envelope` reports.',
    notFooledBy:
      'The same id with another body, which is `log/id-reuse`; equal data under ids of their own. Where the log says `duplicates: identical`, an event delivered again is counted, not found.',
  },
  start: (evidence, { maxKeys }) => ({
    take: (fact) => judge(fact, { evidence, maxKeys, proofs: { same: duplicate } }),
  }),
});

interface Judgement {
  evidence: Evidence;
  maxKeys: number;
  proofs: Partial<Record<IdentityFact['outcome'], (pair: Pair) => Proof>>;
}

interface Pair {
  id: string;
  earlier: EventRef;
  at: EventRef;
}

function judge(fact: FactOf<'identity'>, { evidence, maxKeys, proofs }: Judgement): void {
  const { outcome, at, earlier, id } = fact;
  if (outcome === 'unnamed') return evidence.skipped('the event has no source and id');
  if (outcome === 'untracked') return evidence.gaveUp(`the log has more than ${maxKeys} events`);
  const proof = proofs[outcome];
  if (proof !== undefined && outcome === 'same' && at.log.profile.redelivers) {
    return evidence.skipped('the log may deliver an event again');
  }
  evidence.checked();
  if (proof !== undefined && earlier !== undefined)
    evidence.found(proof({ id: id ?? '', earlier, at }));
}

function reuse({ id, earlier, at }: Pair): Proof {
  const before = placeBeside(earlier, at);
  return {
    message: `event id ${quoted(id)} at ${placeBeside(at, earlier)} was used at ${before} for another body`,
    expected: `the event of ${before}, or an id of its own`,
    actual: 'the same source and id, another body',
    events: [earlier, at],
    keys: [id],
  };
}

function duplicate({ id, earlier, at }: Pair): Proof {
  return {
    message: `event ${quoted(id)} of ${placeBeside(earlier, at)} is stored again at ${placeBeside(at, earlier)}`,
    expected: 'one event of this source and id',
    actual: 'two',
    events: [earlier, at],
    keys: [id],
  };
}
