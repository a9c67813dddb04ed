import { writeJson } from '../../kernel/json-text.ts';
import type { MapEntry } from '../../model/verify-config.ts';
import type { EventFact } from '../facts.ts';
import type { ConfigPlace } from './config-place.ts';
import type { CompileFact, FactReader } from './fact-reader.ts';
import { compileAccount } from './facts/account.ts';
import { compileHold } from './facts/hold.ts';
import { compilePayment } from './facts/payment.ts';
import { compileCheckpoint, compileCommand, compileSaga } from './facts/process.ts';
import { compileMovement, compileStatement } from './facts/single-entry.ts';
import { compileRow, compileTransaction } from './facts/transaction.ts';
import { type Path, rawNodeAt, scalarText } from './path.ts';
import { compilePath } from './scope.ts';
import { type TypePattern, typePattern } from './type-pattern.ts';

/** One entry of a map, ready to be held against records. */
export interface CompiledEntry {
  /** Where it stands in its file. */
  pointer: string;
  /** As written; undefined: every record. */
  type: TypePattern | undefined;
  /** The name of the one source it is for; undefined: every source. */
  source: string | undefined;
  /** Whether a record may lack what it maps, and a log may hold none of its records. */
  optional: boolean;
  matches(event: EventFact): boolean;
  facts: readonly FactReader[];
  /** Whether its records are rows of transactions. */
  makesRows: boolean;
  /** What `when` reads. */
  paths: readonly Path[];
}

const FACTS: readonly CompileFact[] = [
  compileAccount,
  compileHold,
  compileTransaction,
  compileRow,
  compilePayment,
  compileMovement,
  compileStatement,
  compileSaga,
  compileCommand,
  compileCheckpoint,
];

const FACT_KEYS = [
  'accountState',
  'hold',
  'transaction',
  'posting',
  'payment',
  'movement',
  'statement',
  'saga',
  'command',
  'checkpoint',
] as const;

export function compileEntry(place: ConfigPlace, entry: MapEntry): CompiledEntry {
  const facts = FACTS.flatMap((compile) => compile(place, entry) ?? []);
  if (facts.length === 0) refuseEmpty(place, entry);
  const when = Object.entries(entry.when ?? {}).flatMap(([text, wanted]) => {
    const path = compilePath(place.in('when').in(text), text);
    return path === undefined ? [] : [{ path, texts: textsOf(wanted) }];
  });
  return {
    pointer: place.pointer,
    type: entry.type === undefined ? undefined : typePattern(place.in('type'), entry.type),
    source: entry.source,
    optional: entry.optional === true,
    matches: ({ node }) => when.every(({ path, texts }) => holds(node, path, texts)),
    facts,
    makesRows: entry.posting !== undefined,
    paths: when.map(({ path }) => path),
  };
}

function refuseEmpty(place: ConfigPlace, entry: MapEntry): void {
  // What it holds was refused on its own already.
  if (FACT_KEYS.some((key) => isFactKey(entry, key))) return;
  place.refuse(`the entry makes no fact: it needs one of ${FACT_KEYS.join(', ')}`);
}

function isFactKey(entry: MapEntry, key: (typeof FACT_KEYS)[number]): boolean {
  const value = entry[key];
  if (key !== 'hold' && key !== 'payment') return value !== undefined;
  return typeof value === 'object' && ('step' in value || 'effect' in value);
}

type Wanted = NonNullable<MapEntry['when']>[string];

function textsOf(wanted: Wanted): ReadonlySet<string> {
  return new Set((Array.isArray(wanted) ? wanted : [wanted]).map(String));
}

/** Compared as text, so that a file whose values are all strings can be asked too. */
function holds(record: EventFact['node'], path: Path, texts: ReadonlySet<string>): boolean {
  const node = rawNodeAt(record, path);
  return node !== undefined && texts.has(scalarText(node) ?? writeJson(node));
}
