import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact, Fact, FactOf } from '../facts.ts';
import { ownCopy } from '../keys.ts';
import { type NamedPlace, nameOf, placeToKeep, quoted } from '../naming.ts';
import { findSecrets, type Secret } from '../secrets/find-secrets.ts';
import { settingOf } from '../settings.ts';
import { VOCABULARY_PATHS } from '../vocabulary/paths.ts';
import { defineCheck } from './define.ts';

export const logSecrets: Check = defineCheck({
  id: 'log/secrets',
  title: 'No payload holds a card number, a key or a token',
  severity: 'high',
  scope: 'log',
  needs: [
    'event',
    'amount',
    'account',
    'transaction',
    'hold',
    'payment',
    'entry',
    'movement',
    'statement',
    'saga',
    'command',
    'unusable',
  ],
  isKeyed: false,
  unit: 'events',
  reads: ['source'],
  implies: [],
  about: {
    proves:
      'No value in `data` is a card number (first digits of a known issuer, its length, the check digit), a card verification value, a private key, a bearer token or a key of a known provider, and no member called like a secret holds what looks generated. What is found is shown by its ends only, in every report.',
    skips:
      'Paths under `allow` of this check in `verify.checks`, such as `data.card`. Events whose data is base64.',
    notFooledBy:
      'Card numbers that are published for tests; what the vocabulary reads as an id or an amount; long numbers of a member most of whose long numbers are no card numbers; hashes, UUIDs and ids.',
  },
  start: (evidence, settings) => new LogSecrets(evidence, settings),
});

/** A bare number that may be a card's: only the whole log shows whether its member holds ids. */
interface Candidate {
  secret: Secret;
  place: NamedPlace;
  /** Its path without indexes, and the event type with it. */
  path: string;
  member: string;
  isMapped: boolean;
}

/** Long numbers of one member of one event type. */
interface MemberCount {
  cards: number;
  others: number;
}

/** Candidates that are kept. */
const MAX_CANDIDATES = 10_000;

type Taken = FactOf<
  | 'event'
  | 'amount'
  | 'account'
  | 'transaction'
  | 'hold'
  | 'payment'
  | 'entry'
  | 'movement'
  | 'statement'
  | 'saga'
  | 'command'
  | 'unusable'
>;

class LogSecrets implements CheckRun<Taken> {
  readonly #evidence: Evidence;
  readonly #allowed: readonly string[];
  readonly #candidates = new Map<number, Candidate[]>();
  readonly #members = new Map<string, MemberCount>();
  #kept = 0;

  constructor(evidence: Evidence, { config }: CheckSettings) {
    this.#evidence = evidence;
    this.#allowed = settingOf(config, 'log/secrets').allow ?? [];
  }

  take(fact: Taken): void {
    if (fact.kind === 'event') this.#takeEvent(fact);
    else if (this.#kept > 0) this.#takeMapped(fact);
  }

  finish(): void {
    for (const candidate of [...this.#candidates.values()].flat()) this.#judge(candidate);
  }

  #takeEvent(event: EventFact): void {
    if (event.data === undefined) {
      return this.#evidence.skipped('the event has no data that is JSON');
    }
    this.#evidence.checked();
    for (const secret of findSecrets(event.data, 'data')) {
      const path = secret.path.replaceAll(/\[\d+\]/g, '');
      if (!this.#isAllowed(path)) this.#weigh(event, secret, path);
    }
  }

  #weigh(event: EventFact, secret: Secret, path: string): void {
    if (secret.doubt === 'test-card') {
      return this.#evidence.skipped('it is a card number published for tests');
    }
    if (secret.doubt === undefined) return this.#found(event, secret);
    const member = `${event.type ?? ''} ${path}`;
    const count = this.#members.get(member) ?? { cards: 0, others: 0 };
    this.#members.set(member, count);
    if (secret.doubt === 'other-number') count.others++;
    else {
      count.cards++;
      this.#keep(event, { secret, path, member });
    }
  }

  #keep(
    event: EventFact,
    { secret, path, member }: Pick<Candidate, 'secret' | 'path' | 'member'>,
  ): void {
    if (this.#kept >= MAX_CANDIDATES) {
      return this.#evidence.gaveUp(`more than ${MAX_CANDIDATES} numbers look like card numbers`);
    }
    this.#kept++;
    const own = { ...secret, text: ownCopy(secret.text), path: ownCopy(secret.path) };
    const place = placeToKeep(event);
    const candidate = { secret: own, place, path: ownCopy(path), member, isMapped: false };
    const { line } = event.at;
    this.#candidates.set(line, [...(this.#candidates.get(line) ?? []), candidate]);
  }

  /** What the vocabulary knows as an id or an amount is no card number. */
  #takeMapped(fact: Exclude<Taken, EventFact>): void {
    const events = fact.kind === 'transaction' ? fact.events : [fact.event];
    const candidates = events.flatMap(({ at }) => this.#candidates.get(at.line) ?? []);
    if (candidates.length === 0) return;
    const values = valuesOf(fact);
    for (const candidate of candidates) {
      const { secret, path } = candidate;
      if (values.has(secret.text) || VOCABULARY_PATHS.includes(path)) candidate.isMapped = true;
    }
  }

  #judge({ secret, place, member, isMapped }: Candidate): void {
    if (isMapped) return;
    const { cards, others } = this.#members.get(member) ?? { cards: 1, others: 0 };
    if (cards >= others) this.#found(place, secret);
    else this.#evidence.skipped('most long numbers of its member are no card numbers');
  }

  #found(place: NamedPlace, { what, path, mask, text }: Secret): void {
    this.#evidence.found({
      message: `${nameOf(place)} holds ${what} at ${quoted(path)}: ${mask}`,
      expected: 'no secret',
      actual: `${what}: ${mask}`,
      events: [place.at],
      keys: [place.id ?? '', path],
      masks: new Map([[text, mask]]),
    });
  }

  #isAllowed(path: string): boolean {
    return this.#allowed.some((allowed) => path === allowed || path.startsWith(`${allowed}.`));
  }
}

function valuesOf(fact: Fact): ReadonlySet<string> {
  const postings = fact.kind === 'transaction' ? fact.postings : [];
  const values = [fact, ...postings].flatMap((part) => Object.values(part) as unknown[]);
  return new Set(
    values.filter((value) => typeof value === 'string' || typeof value === 'bigint').map(String),
  );
}
