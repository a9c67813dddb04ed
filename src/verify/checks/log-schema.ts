import type { Validator, Violation } from '../../kernel/validation.ts';
import type { Check, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact } from '../facts.ts';
import { keysOfEvent, nameOf, quoted } from '../naming.ts';
import { plainValue } from '../payload/plain-value.ts';
import { defineCheck } from './define.ts';

export const logSchema: Check = defineCheck({
  id: 'log/schema',
  title: 'The data of every event fits the JSON Schema of its type',
  severity: 'high',
  scope: 'log',
  needs: ['event'],
  isKeyed: false,
  unit: 'events',
  // It reads all of the data; which of it is customer data it cannot know.
  reads: ['source'],
  implies: [],
  about: {
    proves:
      'Every event is of a type that `verify.schemas` knows, of a version of it that is known, and its `data` fits the schema.',
    skips:
      'Runs without `verify.schemas`. Types under `verify.ignore`. Events with a number that a double would change, such as one beyond 2^53: a validator would judge another number.',
    notFooledBy:
      'Additional members, even where the schema closes its objects: a newer producer adds optional fields. Keywords and formats the specification does not know. Multiples of 0.01.',
  },
  start: (evidence, settings) => {
    const judge = judgeBy(settings, evidence);
    return { take: judge, finish: () => sayUntold(settings, evidence) };
  },
});

const MAX_NAMED = 5;

function sayUntold({ schemas }: CheckSettings, evidence: Evidence): void {
  if (schemas.size === 0) evidence.skipped('fintech.yaml has no verify.schemas', 0);
}

function judgeBy(
  { schemas, config: { ignore = [] } }: CheckSettings,
  evidence: Evidence,
): (event: EventFact) => void {
  if (schemas.size === 0) return () => {};
  const isIgnored = (type: string) =>
    ignore.some((pattern) =>
      pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern,
    );
  return (event) => {
    const { type } = event;
    if (type === undefined) return evidence.skipped('the event has no type');
    if (isIgnored(type)) return evidence.skipped('its type is under verify.ignore');
    const validate = schemas.get(type);
    if (validate !== undefined) return judgeData(event, validate, evidence);
    evidence.checked();
    foundUnknown(event, { type, evidence, versions: versionsOf(type, schemas) });
  };
}

function judgeData(event: EventFact, validate: Validator<unknown>, evidence: Evidence): void {
  let isExact = true;
  const inexact = () => {
    isExact = false;
  };
  const value = event.data && plainValue(event.data, inexact);
  if (!isExact) return evidence.skipped('a number of it is beyond what a double holds exactly');
  evidence.checked();
  const reading = validate(value);
  if (reading.ok) return;
  const actual = violationsText(reading.violations);
  evidence.found({
    message: `the data of ${nameOf(event)} does not fit the schema of ${quoted(event.type ?? '')}: ${actual}`,
    expected: `data of ${event.type}`,
    actual,
    events: [event.at],
    keys: keysOfEvent(event),
  });
}

function violationsText(violations: readonly Violation[]): string {
  const named = violations.slice(0, MAX_NAMED).map(({ path, message }) => {
    return `data${path.replaceAll('/', '.')} ${message}`;
  });
  const left = violations.length - named.length;
  return [...named, ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
}

function foundUnknown(
  event: EventFact,
  { type, evidence, versions }: { type: string; evidence: Evidence; versions: readonly string[] },
): void {
  const isVersion = versions.length > 0;
  const actual = isVersion ? `an unknown version, ${type}` : `an unknown type, ${type}`;
  const expected = isVersion ? `one of ${versions.join(', ')}` : 'a type of verify.schemas';
  evidence.found({
    message: `${nameOf(event)} is of ${actual}: expected ${expected}`,
    expected,
    actual,
    events: [event.at],
    keys: keysOfEvent(event),
  });
}

/** Types that differ from this one by their version alone. */
function versionsOf(type: string, schemas: CheckSettings['schemas']): readonly string[] {
  const name = withoutVersion(type);
  return [...schemas.keys()].filter((known) => withoutVersion(known) === name);
}

function withoutVersion(type: string): string {
  return type.replace(/[./]v?\d+(?:\.\d+)*$/, '');
}
