import { FintechError, messageOf } from '../../kernel/errors.ts';
import { didYouMean } from '../../kernel/nearest.ts';
import { SEVERITIES, type Severity } from '../../model/verify-report.ts';
import { type Reads, USER_FACTS, type UserFact } from './user-facts.ts';

/** A fold in the user's own code. Its functions may throw: that is its fault, not ours. */
interface UserFold {
  /** Where it was loaded from, as the user knows it. */
  file: string;
  name: string;
  reads: Reads;
  initial(): unknown;
  step(state: unknown, fact: UserFact): unknown;
}

/** An invariant of the user's own. */
export interface Invariant extends UserFold {
  title: string;
  severity: Severity;
  /** Paths of an event that reports may show, such as `data.amount`. */
  fields: readonly string[];
  /** Undefined: one state for the whole log. */
  key: ((fact: UserFact) => unknown) | undefined;
  finish(state: unknown, key: string | undefined): unknown;
}

/** A projection of the user's own. */
export interface UserProjection extends UserFold {
  entries(state: unknown): unknown;
}

const NAME = /^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9-]*$/;

type Exported = Record<string, unknown>;
type UserFunction = (...given: unknown[]) => unknown;

/** @throws FintechError VERIFY_CODE for what is no invariant */
export function readInvariant(exported: unknown, file: string): Invariant {
  const found = memberReader(exported, file, 'invariant');
  const { name, title = name, severity = 'high', fields = [], key } = found.all;
  if (!SEVERITIES.includes(severity as Severity)) {
    throw found.wrong(`severity is one of ${SEVERITIES.join(', ')}`);
  }
  if (key !== undefined && typeof key !== 'function') throw found.wrong('key is a function');
  return {
    ...found.fold(),
    title: String(title),
    severity: severity as Severity,
    fields: found.texts('fields', fields),
    key: key as Invariant['key'],
    finish: found.method('finish'),
  };
}

/** @throws FintechError VERIFY_CODE for what is no projection */
export function readProjection(exported: unknown, file: string): UserProjection {
  const found = memberReader(exported, file, 'projection');
  return { ...found.fold(), entries: found.method('entries') };
}

/** Reads the members that folds have in common, and says what is wrong with one. */
function memberReader(exported: unknown, file: string, what: string) {
  const wrong = (why: string): FintechError =>
    new FintechError('VERIFY_CODE', `${file} exports no ${what}: ${why}`, {
      hint: `docs/invariants.md shows one.`,
      details: { file },
    });
  if (typeof exported !== 'object' || exported === null) {
    throw wrong('it has no `export default` of an object');
  }
  const all = exported as Exported;
  const method = (name: string): UserFunction => {
    const found = all[name];
    if (typeof found !== 'function') throw wrong(`${name} is a function`);
    return found.bind(all) as UserFunction;
  };
  const texts = (name: string, value: unknown): string[] => {
    if (Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')) {
      return value as string[];
    }
    throw wrong(`${name} is a list of texts`);
  };
  const reads = (): Reads => {
    const facts = texts('facts', all['facts'] ?? []);
    const events = texts('events', all['events'] ?? []);
    const unknown = facts.find((fact) => !USER_FACTS.some((known) => known === fact));
    if (unknown !== undefined) {
      throw wrong(`there is no fact ${unknown}.${didYouMean(unknown, new Set(USER_FACTS))}`);
    }
    if (facts.length + events.length === 0) throw wrong('it reads neither facts nor events');
    return { facts: facts as Reads['facts'], events };
  };
  const fold = (): UserFold => {
    const { name } = all;
    if (typeof name !== 'string' || !NAME.test(name)) {
      throw wrong('name is an area and a name, such as acme/fees');
    }
    return { file, name, reads: reads(), initial: method('initial'), step: method('step') };
  };
  return { all, wrong, method, texts, fold };
}

/** What user code threw, on one line, with the place in its file where that can be told. */
export function faultOf(thrown: unknown, file: string): string {
  const [first = ''] = messageOf(thrown).split('\n');
  const name = thrown instanceof Error ? `${thrown.name}: ` : '';
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const base = file.slice(file.lastIndexOf('/') + 1);
  const place = stack.split('\n').find((line) => line.includes(`/${base}`));
  const [, line] = /:(\d+):\d+\)?$/.exec(place ?? '') ?? [];
  return `${name}${first} (${file}${line === undefined ? '' : `, line ${line}`})`;
}
