import { readCloudEvent } from '../../model/event.ts';
import type { Check } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { DamageFact, EventFact } from '../facts.ts';
import { keysOfEvent, nameOf, placeOf } from '../naming.ts';
import { defineCheck } from './define.ts';

const OF_THE_ENVELOPE: ReadonlySet<DamageFact['fault']> = new Set([
  'duplicate-member',
  'not-an-object',
]);

export const logEnvelope: Check = defineCheck({
  id: 'log/envelope',
  title: 'Every event keeps the rules of CloudEvents 1.0',
  severity: 'high',
  scope: 'log',
  needs: ['event', 'damage', 'passed'],
  isKeyed: false,
  unit: 'events',
  reads: ['specversion', 'source', 'time', 'datacontenttype', 'dataschema'],
  implies: [],
  about: {
    proves:
      'Every line is a CloudEvents 1.0 event in the JSON format: required attributes present, each attribute of its type, names of a-z and 0-9, no member twice.',
    skips: 'Control lines (`{"control": …}`) of a log that was recorded while it was followed.',
    notFooledBy:
      'Extension attributes of any name, members that are null (absent, says the JSON format), data of any shape.',
  },
  start: (evidence) => ({
    take: (fact) => {
      if (fact.kind === 'event') judge(fact, evidence);
      else if (fact.kind === 'damage') judgeDamage(fact, evidence);
      else if (fact.why === 'control') evidence.skipped('it is a control line of a followed log');
    },
  }),
});

function judge(event: EventFact, evidence: Evidence): void {
  if (!event.at.log.profile.cloudEvents)
    return evidence.skipped('the log has an envelope of its own');
  evidence.checked();
  const reading = readCloudEvent(event.node);
  if (reading.ok) return;
  const violations = reading.violations.join('; ');
  evidence.found({
    message: `${nameOf(event)} is no CloudEvents 1.0 event: ${violations}`,
    expected: 'an event that keeps CloudEvents 1.0',
    actual: violations,
    events: [event.at],
    keys: keysOfEvent(event, violations),
  });
}

function judgeDamage({ at, fault, message }: DamageFact, evidence: Evidence): void {
  if (!OF_THE_ENVELOPE.has(fault)) return;
  evidence.checked();
  evidence.found({
    message: `${placeOf(at)} is no CloudEvents 1.0 event: ${message}`,
    expected: 'one JSON object, each of its members once',
    actual: message,
    events: [at],
    keys: [],
  });
}
