import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact, EventRef, FactOf } from '../facts.ts';
import { quoted } from '../naming.ts';
import type { ReadModel } from '../projection/read-model.ts';
import { differences, partsAt, valueText } from '../projection/same-value.ts';
import { locateDivergences } from '../projection/locate-divergences.ts';
import { Projected } from '../state/projected.ts';
import { USER_FACTS } from '../user/user-facts.ts';
import { UserCodeError } from '../user/user-projection.ts';
import { defineCheck } from './define.ts';

const NEEDS = ['event', 'damage', 'blind', 'unusable', ...USER_FACTS] as const;

export const projectionDiff: Check = defineCheck({
  id: 'projection/diff',
  title: 'A live read model is what the log says',
  severity: 'critical',
  scope: 'all',
  needs: NEEDS,
  isKeyed: false,
  unit: 'keys of read models',
  reads: ['data.accountId', 'data.transactionId', 'data.holdId'],
  implies: [],
  about: {
    proves:
      'Every key of a read model has the value that a fold of the log up to the read model’s own checkpoint gives it, and no key is missing or made up. The events of a finding are where the live value leaves the log: the first event it does not show, or the one it lacks or counts twice.',
    skips:
      'Runs in which no read model is named, by `--read-model <projection>=<service, url or file>` or `verify.readModels`. A read model ahead of the log, and one whose log begins in mid-life or has lost events, since then no fold can be compared.',
    notFooledBy:
      'A read model that is behind: it is compared where it stands. Members of a value that the fold does not know, holds that are no longer pending, amounts as digits.',
  },
  idle: ({ readModels }) => (readModels.length === 0 ? 'no read model was named' : undefined),
  start: (evidence, settings) => new Diff(evidence, settings),
  shrink: (proofs, { readModels }) => locateDivergences(readModels, proofs),
});

type Needed = FactOf<(typeof NEEDS)[number]>;

/** What the log makes of one read model, up to its checkpoint. */
class ModelFold {
  readonly model: ReadModel;
  /** What the user's code threw. */
  thrown: string | undefined;
  #fold: Projected<unknown> | undefined;

  constructor(model: ReadModel) {
    this.model = model;
    const asOf = { to: 'position' as const, position: model.position };
    this.#guarded(() => (this.#fold = new Projected(model.projection, asOf)));
  }

  get last(): EventRef | undefined {
    return this.#fold?.last?.at;
  }

  take(fact: Exclude<Needed, { kind: 'blind' }>): void {
    if (this.thrown === undefined) this.#guarded(() => this.#fold?.take(fact));
  }

  entries(): ReadonlyMap<string, unknown> {
    let entries: ReadonlyMap<string, unknown> = new Map();
    this.#guarded(() => (entries = new Map(this.model.projection.entries(this.#fold?.state))));
    return entries;
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof UserCodeError)) throw error;
      this.thrown ??= `it threw: ${error.message}`;
    }
  }
}

class Diff implements CheckRun<Needed> {
  readonly #evidence: Evidence;
  readonly #models: readonly ModelFold[];
  #head: EventFact | undefined;
  #unknown: string | undefined;

  constructor(evidence: Evidence, { readModels }: CheckSettings) {
    this.#evidence = evidence;
    this.#models = readModels.map((model) => new ModelFold(model));
  }

  take(fact: Needed): void {
    if (fact.kind === 'blind') this.#unknown ??= 'events are missing in the log';
    else {
      if (fact.kind === 'event') this.#takeEvent(fact);
      for (const one of this.#models) one.take(fact);
    }
  }

  finish(): void {
    for (const fold of this.#models) {
      const { model } = fold;
      const why = this.#unknown ?? (this.#isAhead(model) ? 'it is ahead of the log' : undefined);
      const entries = fold.entries();
      const name = `${model.projection.name} of ${model.place}`;
      if (fold.thrown !== undefined) this.#evidence.fault(`${name}: ${fold.thrown}`);
      else if (why === undefined) this.#compare(model, { entries, last: fold.last });
      else this.#evidence.gaveUp(`${why} (${name})`);
    }
  }

  #takeEvent(event: EventFact): void {
    this.#head = event;
    if (event.at.log.profile.startsInMiddle) this.#unknown ??= 'the log begins in mid-life';
  }

  #isAhead({ position }: ReadModel): boolean {
    const at = this.#head?.at;
    if (at === undefined) return position > 0n;
    return position > BigInt(at.position.startsWith('line:') ? at.line : at.position);
  }

  #compare(
    model: ReadModel,
    { entries, last }: { entries: ReadonlyMap<string, unknown>; last: EventRef | undefined },
  ): void {
    for (const key of new Set([...entries.keys(), ...model.entries.keys()])) {
      this.#evidence.checked();
      const [expected, actual] = [entries.get(key), model.entries.get(key)];
      const paths = differences(expected, actual);
      if (paths.length > 0) this.#found({ model, key, expected, actual, paths, last });
    }
  }

  #found(difference: {
    model: ReadModel;
    key: string;
    expected: unknown;
    actual: unknown;
    paths: readonly string[];
    last: EventRef | undefined;
  }): void {
    const { model, key, paths, last } = difference;
    const { name } = model.projection;
    const [expected = '', actual = ''] = [difference.expected, difference.actual].map((value) =>
      valueText(partsAt(value, paths)),
    );
    this.#evidence.found({
      message: `${name} of ${model.place} differ from the log at position ${model.position} for ${quoted(key)}: expected ${expected}, found ${actual}`,
      expected,
      actual,
      events: last === undefined ? [] : [last],
      keys: [model.place, name, key],
      ofWhole: true,
    });
  }
}
