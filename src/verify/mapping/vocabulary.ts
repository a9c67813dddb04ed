import type { Emit, EventFact, FactKind, LedgerFact } from '../facts.ts';
import type { Vocabulary, VocabularyRun } from '../source/source.ts';
import { touchedAccounts } from '../vocabulary/touched.ts';
import type { CompiledEntry } from './entry.ts';
import type { FactReader, MappedFact } from './fact-reader.ts';
import type { MapUse } from './map-use.ts';
import type { MoneyRules } from './money-rules.ts';
import type { Path } from './path.ts';
import { PostingRows } from './posting-rows.ts';
import { RecordReader } from './record-reader.ts';
import type { TypePattern } from './type-pattern.ts';

export interface MappedVocabularyOptions {
  /** Those that are for this source. */
  entries: readonly CompiledEntry[];
  /** Other vocabularies that are read beside it. */
  beside: readonly Vocabulary[];
  /** Types that are no facts. */
  ignored: readonly TypePattern[];
  money: MoneyRules;
  /** What is told of how the map fits the log. */
  use: MapUse;
}

/** Types whose entries are remembered. */
const MAX_REMEMBERED_TYPES = 10_000;

/** A vocabulary by the entries of a map: all entries that match a record apply. */
export class MappedVocabulary implements Vocabulary {
  readonly #options: MappedVocabularyOptions;
  readonly #ofType = new Map<string | undefined, readonly CompiledEntry[]>();

  constructor(options: MappedVocabularyOptions) {
    this.#options = options;
  }

  start(emit: Emit<LedgerFact>): VocabularyRun {
    const { entries, beside, use } = this.#options;
    const rows = entries.some(({ makesRows }) => makesRows) ? new PostingRows(emit) : undefined;
    const pass = { facts: 0, rows };
    const say: Emit<LedgerFact> = (fact) => {
      pass.facts++;
      if (rows === undefined) emit(fact);
      else rows.take(fact);
    };
    const others = beside.map((vocabulary) => vocabulary.start(say));
    use.start();
    return {
      read: (event) => {
        rows?.startRecord();
        pass.facts = 0;
        const isKnown = this.#read(event, { say, rows });
        for (const other of others) other.read(event);
        if (!isKnown && pass.facts === 0) this.#unmapped(event);
      },
      end: () => {
        for (const other of others) other.end();
        rows?.end();
      },
    };
  }

  reads(kind: FactKind): readonly string[] {
    const { entries, beside } = this.#options;
    const own = entries.flatMap(({ facts, paths }) => {
      const of = facts.filter(
        ({ what }) => what === kind || kind === 'unusable' || kind === 'amount',
      );
      return of.length === 0 ? [] : [...paths, ...of.flatMap((fact) => fact.paths)];
    });
    return [...own.map(shownPath), ...beside.flatMap((vocabulary) => vocabulary.reads(kind))];
  }

  /** @returns whether the map knows such events: one that `when` leaves out is none that was forgotten */
  #read(event: EventFact, out: Out): boolean {
    const { use } = this.#options;
    use.saw(event);
    let isKnown = false;
    for (const entry of this.#entriesOf(event.type)) {
      isKnown ||= entry.type !== undefined;
      if (!entry.matches(event)) continue;
      isKnown = true;
      use.matched(entry);
      for (const fact of entry.facts) this.#make(event, { entry, fact, out });
    }
    return isKnown;
  }

  #make(
    event: EventFact,
    { entry, fact, out }: { entry: CompiledEntry; fact: FactReader; out: Out },
  ): void {
    const record = new RecordReader(event, {
      money: this.#options.money,
      lenient: entry.optional,
    });
    const made = fact.read(record);
    // The entry says that such a record may lack what it maps.
    if (entry.optional && record.problems.length > 0) return;
    for (const amount of record.amounts) out.say(amount);
    if (record.isWhole && made.kind !== 'row') return out.say(made);
    if (made.kind === 'row' && made.transactionId !== '') out.rows?.takeRow(made, !record.isWhole);
    if (!record.isWhole) out.say(unusable(record, { fact, made }));
  }

  #unmapped(event: EventFact): void {
    const { ignored, use } = this.#options;
    if (!ignored.some((pattern) => pattern.matches(event.type ?? ''))) use.unmapped(event);
  }

  #entriesOf(type: string | undefined): readonly CompiledEntry[] {
    const known = this.#ofType.get(type);
    if (known !== undefined) return known;
    const entries = this.#options.entries.filter(
      (entry) => entry.type === undefined || (type !== undefined && entry.type.matches(type)),
    );
    if (this.#ofType.size < MAX_REMEMBERED_TYPES) this.#ofType.set(type, entries);
    return entries;
  }
}

interface Out {
  say: Emit<LedgerFact>;
  rows: PostingRows | undefined;
}

function unusable(
  { event, problems }: RecordReader,
  { fact, made }: { fact: FactReader; made: MappedFact },
): LedgerFact {
  const accounts =
    made.kind === 'row'
      ? touchedAccounts({ ...made, kind: 'transaction', events: [event], totals: new Map() })
      : touchedAccounts(made);
  return { kind: 'unusable', event, what: fact.what, problems, accounts };
}

/** As reports name what they show: lists are looked through. */
export function shownPath({ segments }: Path): string {
  return segments
    .filter((segment) => typeof segment === 'string')
    .map((name) => name.replaceAll('.', '\\.'))
    .join('.');
}
