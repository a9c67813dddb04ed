import type { Defect } from '../defects/contract.ts';
import {
  GOOD,
  type Made,
  type MatrixOptions,
  type ShotEntry,
  type TokenSource,
} from './contract.ts';

/** One thing to send. */
export interface Shot {
  entry: ShotEntry;
  make: () => Promise<Made>;
  /** Of which kind of good token it is made; a twin is one itself. */
  kind: string;
  /** It is good the first time; the answer to the same request once more counts. */
  isRepeated?: boolean;
}

export const GOOD_ENTRY: ShotEntry = {
  id: GOOD,
  class: GOOD,
  title: 'A good token',
  sources: [],
  expect: { status: 200, scheme: null, error: null },
};

/**
 * All that is sent after the good token: a twin of each kind first, before a token with an unknown
 * `kid` makes the API ask for keys, which it may do only every half minute.
 * @param isBound the API takes tokens only that are bound to a key
 */
export function shotsOf(
  { defects, given, source, has, target }: MatrixOptions,
  isBound: boolean,
): Shot[] {
  const kinds = new Set([GOOD]);
  const twins: Shot[] = [];
  const shots = defects.flatMap((defect): Shot[] => {
    const entry = isBound ? asBound(defect) : defect;
    const reason =
      whyNot(defect, has, target.method) ?? (isBound ? whyNotBound(defect) : undefined);
    if (reason !== undefined) {
      return [{ entry, kind: GOOD, make: async () => ({ notRun: reason }) }];
    }
    const kind = source.twinOf(defect);
    if (!kinds.has(kind)) twins.push(twinShot(kind, defect, source));
    kinds.add(kind);
    const isRepeated = defect.repeated === true;
    return [{ entry, kind, isRepeated, make: () => source.broken(defect) }];
  });
  const handed = given.map(({ token, ...entry }) => ({
    entry,
    kind: GOOD,
    make: async () => ({ minted: { token, header: {}, claims: {} } }),
  }));
  return [...twins, ...shots, ...handed];
}

function twinShot(kind: string, defect: Defect, source: TokenSource): Shot {
  const entry = { ...GOOD_ENTRY, id: `good/${kind}`, title: `A good token (${kind})` };
  return { entry, kind, make: () => source.good(defect) };
}

/** Methods whose requests carry no form (RFC 9110 §9.3). */
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

function whyNot(defect: Defect, has: MatrixOptions['has'], method: string): string | undefined {
  const missing = defect.needs.filter((need) => !has.has(need));
  if (missing.length > 0) return `needs ${missing.join(', ')} (--has ${missing.join(',')})`;
  if (defect.needs.includes('form-body') && WITHOUT_BODY.has(method)) {
    return `needs a method with a body, and this is ${method}`;
  }
  return undefined;
}

/** RFC 9449 §7.1: who takes bound tokens only says so by the scheme of what it answers. */
function asBound(defect: Defect): ShotEntry {
  const { expect } = defect;
  return expect.scheme === null ? defect : { ...defect, expect: { ...expect, scheme: 'DPoP' } };
}

function whyNotBound({ from, expect, ...defect }: Defect): string | undefined {
  const isSentOnly = from === 'any-token' && 'carry' in defect;
  return isSentOnly && expect.status < 300 ? 'needs tokens that are not bound to a key' : undefined;
}
