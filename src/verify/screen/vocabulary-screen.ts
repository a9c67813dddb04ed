import { Data } from './data.ts';
import { type Scopes, scopesBySource } from './effects.ts';
import type { Envelope } from './envelope.ts';
import { type Hash, Hasher, scopeWithin } from './hash.ts';
import type { KnownTexts } from './known-texts.ts';
import * as movement from './movements.ts';
import { ID } from './names.ts';
import { type Block, Records, Words } from './records.ts';
import { emptyTally, SUSPECT, type Tally } from './suspicion.ts';
import * as token from './tokenizer.ts';
import { shapeOf, WORD, type WordShape } from './vocabulary.ts';

interface VocabularyOptions {
  seed: Uint32Array;
  log: number;
  amongOthers: boolean;
}

interface VocabularyOutcome {
  suspicion: number;
  tally: Tally;
  movements: Uint32Array<ArrayBuffer>;
  effects: Block;
  payments: Block;
}

/** More postings than this in one transaction are left to the exact reading. */
const MAX_POSTINGS = 64;

/** Reads what the events of the vocabulary say into records and movements. */
export class VocabularyScreen {
  readonly #tape: token.JsonTape;
  readonly #data: Data;
  readonly #posting: Data;
  readonly #hasher: Hasher;
  readonly #sources: KnownTexts<Scopes>;
  readonly #accounts: Hash = scopeWithin({ low: 0, high: 0 }, -2);
  readonly #holds: Hash;
  readonly #amongOthers: boolean;
  readonly #movements = new Words();
  readonly #effects = new Records(2);
  readonly #payments = new Records(5);
  /** Account, low and high, currency and side, amount of each posting of a transaction. */
  readonly #postings = new Float64Array(MAX_POSTINGS * 4);
  #tally: Tally = emptyTally();
  #suspicion = 0;

  constructor(tape: token.JsonTape, { seed, log, amongOthers }: VocabularyOptions) {
    this.#tape = tape;
    this.#data = new Data(tape);
    this.#posting = new Data(tape);
    this.#hasher = new Hasher(seed);
    this.#sources = scopesBySource(seed, log);
    this.#holds = scopeWithin({ low: 0, high: 0 }, log + 1_000_000);
    this.#amongOthers = amongOthers;
  }

  /** The tape is over another chunk. */
  start(): void {
    this.#hasher.over(this.#tape.view);
  }

  scopesOf(source: number): Scopes {
    const { tape, view } = this.#tape;
    const at = source * token.WORDS;
    return this.#sources.of(view, tape[at + 1] as number, tape[at + 2] as number);
  }

  take(word: number, envelope: Envelope, scopes: Scopes): void {
    this.#tally.words++;
    const shape = shapeOf(word);
    const data = this.#data;
    data.open(envelope.fields[ID.data] as number);
    if (shape === undefined || data.isOdd) {
      this.#suspicion |= SUSPECT.vocabulary;
      return;
    }
    data.check(shape);
    if (shape.money !== 'none') this.#tally.amounts++;
    if (!data.isOdd) this.#act(shape, { word, envelope, scopes });
    if (data.isOdd) this.#suspicion |= SUSPECT.vocabulary;
  }

  outcome(): VocabularyOutcome {
    const outcome = {
      suspicion: this.#suspicion,
      tally: this.#tally,
      movements: this.#movements.take(),
      effects: this.#effects.take(),
      payments: this.#payments.take(),
    };
    this.#suspicion = 0;
    this.#tally = emptyTally();
    return outcome;
  }

  #act({ act }: WordShape, { word, envelope, scopes }: Event): void {
    switch (act) {
      case 'none':
        return;
      case 'open':
        return this.#open();
      case 'step':
        return this.#step(word);
      case 'transaction':
        return this.#transaction(envelope, scopes);
      case 'place':
        return this.#place();
      case 'release':
        return this.#release(0);
      case 'post':
        this.#release(1);
        this.#post({ byTransaction: 0, amount: this.#data.amount, envelope, scopes });
        return;
      case 'command':
        this.#tally.commands++;
        return;
      case 'end':
        this.#tally.payments++;
        return;
      case 'initiate':
        this.#tally.payments++;
        if (this.#data.fields[ID.idempotencyKey] !== 0) {
          this.#effect(ID.idempotencyKey, scopes.initiation);
        }
        return;
      case 'authorise':
        return this.#pay(0, scopes);
      case 'capture':
        return this.#pay(1, scopes);
      case 'refund':
        this.#tally.payments++;
        this.#effect(
          ID.refundId,
          word === WORD['charged-back'] ? scopes.chargeback : scopes.refund,
        );
    }
  }

  #open(): void {
    const data = this.#data;
    data.readCurrency();
    this.#tally.amounts++;
    const kind = data.readAccountKind();
    const hasOverdraft = data.fields[ID.overdraft] !== 0;
    data.amount = 0;
    if (hasOverdraft) {
      this.#tally.amounts++;
      data.readAmount(ID.overdraft);
    }
    if (data.isOdd) return;
    const at = this.#movements.next(6);
    const { words } = this.#movements;
    words[at] = movement.OPEN | (kind << 8);
    this.#write(at + 1, ID.accountId, this.#accounts);
    words[at + 3] = data.currency;
    words[at + 4] = data.amount;
    words[at + 5] = movement.highWord(data.amount);
  }

  #step(word: number): void {
    const at = this.#movements.next(3);
    const { closed, frozen } = WORD;
    const step =
      word === frozen ? movement.FREEZE : word === closed ? movement.CLOSE : movement.UNFREEZE;
    this.#movements.words[at] = movement.STEP | (step << 8);
    this.#write(at + 1, ID.accountId, this.#accounts);
  }

  #place(): void {
    const at = this.#movements.next(10);
    const { words } = this.#movements;
    words[at] = movement.PLACE;
    this.#write(at + 1, ID.holdId, this.#holds);
    this.#write(at + 3, ID.accountId, this.#accounts);
    words[at + 5] = this.#data.currency;
    words[at + 6] = this.#data.amount;
    words[at + 7] = movement.highWord(this.#data.amount);
    const expiresAtMs = this.#data.readInstant(ID.expiresAt);
    const expiry = Number.isNaN(expiresAtMs) ? movement.NEVER : expiresAtMs;
    if (expiry < 0) this.#suspicion |= SUSPECT.holds;
    words[at + 8] = expiry;
    words[at + 9] = movement.highWord(expiry);
  }

  #release(byPosting: number): void {
    const at = this.#movements.next(3);
    this.#movements.words[at] = movement.RELEASE | (byPosting << 8);
    this.#write(at + 1, ID.holdId, this.#holds);
  }

  /** A posting of a hold, told by the hold or by its transaction. */
  #post({ byTransaction, amount, envelope, scopes }: HoldPosting): void {
    const ms = envelope.ms;
    if (ms < 0) this.#suspicion |= SUSPECT.holds;
    const time = Number.isNaN(ms) ? 0 : ms;
    const at = this.#movements.next(9);
    const { words } = this.#movements;
    words[at] = movement.POST | (byTransaction << 8);
    this.#write(at + 1, ID.holdId, this.#holds);
    this.#write(at + 3, ID.transactionId, scopes.transaction);
    words[at + 5] = amount;
    words[at + 6] = movement.highWord(amount);
    words[at + 7] = time;
    words[at + 8] = movement.highWord(time);
  }

  #transaction(envelope: Envelope, scopes: Scopes): void {
    const { fields } = envelope;
    const data = this.#data;
    const postings = this.#readPostings(data.fields[ID.postings] as number);
    if (postings < 2 || !this.#isBalanced(postings)) {
      data.isOdd = true;
      return;
    }
    if (this.#hasBothSides(postings)) this.#suspicion |= SUSPECT.sides;
    this.#tally.transactions++;
    this.#effect(ID.transactionId, scopes.transaction);
    // An event that stands in two logs has two effects; within one, identities show it.
    if (this.#amongOthers) this.#addEffect(fields[ID.id] as number, scopes.event);
    const ownKey = data.fields[ID.idempotencyKey] as number;
    const key = ownKey === 0 ? this.#envelopeKey(fields[ID.idempotencykey] as number) : ownKey;
    if (key !== 0) this.#addEffect(key, scopes.idempotencyKey);
    this.#writeTransaction(postings);
    if (data.fields[ID.paymentId] !== 0) this.#tally.payments++;
    if (data.fields[ID.holdId] === 0) return;
    this.#post({ byTransaction: 1, amount: this.#amountOfAll(postings), envelope, scopes });
  }

  #envelopeKey(value: number): number {
    const { tape } = this.#tape;
    const word = tape[value * token.WORDS] as number;
    if (value === 0 || (word & token.KIND_BITS) !== token.STRING) return 0;
    if ((word & token.ESCAPED) !== 0) this.#suspicion |= SUSPECT.effects;
    return tape[value * token.WORDS + 1] === tape[value * token.WORDS + 2] ? 0 : value;
  }

  /** @returns how many there are; fewer than two where they are no plain postings */
  #readPostings(list: number): number {
    const { tape } = this.#tape;
    const posting = this.#posting;
    if (list === 0 || tape[list * token.WORDS] !== token.ARRAY) return 0;
    const end = tape[list * token.WORDS + 2] as number;
    let count = 0;
    for (let item = list + 1; item < end; count++) {
      posting.open(item);
      if (posting.isOdd || count === MAX_POSTINGS) return 0;
      const account = posting.text(ID.accountId) * token.WORDS;
      const direction = posting.readDirection();
      posting.readAmount(ID.amount);
      posting.readCurrency();
      if (posting.isOdd) return 0;
      this.#hasher.take(tape[account + 1] as number, tape[account + 2] as number, this.#accounts);
      this.#postings[count * 4] = this.#hasher.low;
      this.#postings[count * 4 + 1] = this.#hasher.high;
      this.#postings[count * 4 + 2] = posting.currency * 2 + direction;
      this.#postings[count * 4 + 3] = posting.amount;
      item = tape[item * token.WORDS + 2] as number;
    }
    this.#tally.amounts += count;
    return count;
  }

  /** Whether debits equal credits in every currency, by sums that a double holds exactly. */
  #isBalanced(count: number): boolean {
    const postings = this.#postings;
    for (let i = 0; i < count; i++) {
      const currency = (postings[i * 4 + 2] as number) >>> 1;
      let debits = 0;
      let credits = 0;
      for (let j = 0; j < count; j++) {
        const side = postings[j * 4 + 2] as number;
        if (side >>> 1 !== currency) continue;
        if ((side & 1) === 1) credits += postings[j * 4 + 3] as number;
        else debits += postings[j * 4 + 3] as number;
      }
      if (debits !== credits || debits > Number.MAX_SAFE_INTEGER) return false;
    }
    return true;
  }

  /** The amount of every posting, where it is one and in one currency. */
  #amountOfAll(count: number): number {
    const postings = this.#postings;
    for (let at = 4; at < count * 4; at += 4) {
      const isSame =
        postings[at + 3] === postings[3] &&
        (postings[at + 2] as number) >>> 1 === (postings[2] as number) >>> 1;
      if (!isSame) return movement.MIXED;
    }
    return postings[3] as number;
  }

  #hasBothSides(count: number): boolean {
    const postings = this.#postings;
    for (let i = 0; i < count * 4; i += 4) {
      for (let j = 0; j < i; j += 4) {
        if (
          postings[i] === postings[j] &&
          postings[i + 1] === postings[j + 1] &&
          ((postings[i + 2] as number) ^ (postings[j + 2] as number)) === 1
        ) {
          return true;
        }
      }
    }
    return false;
  }

  #writeTransaction(count: number): void {
    const at = this.#movements.next(3 + count * movement.POSTING_WORDS);
    const { words } = this.#movements;
    words[at] = movement.TRANSACTION | (count << 8);
    words[at + 1] = 0;
    words[at + 2] = 0;
    if (this.#data.fields[ID.holdId] !== 0) this.#write(at + 1, ID.holdId, this.#holds);
    for (let i = 0; i < count; i++) {
      const to = at + 3 + i * movement.POSTING_WORDS;
      const amount = this.#postings[i * 4 + 3] as number;
      for (let word = 0; word < 3; word++)
        words[to + word] = this.#postings[i * 4 + word] as number;
      words[to + 3] = amount;
      words[to + 4] = movement.highWord(amount);
    }
  }

  #pay(isCapture: number, scopes: Scopes): void {
    this.#tally.payments++;
    const at = this.#payments.next();
    const { words } = this.#payments;
    this.#take(this.#data.fields[ID.paymentId] as number, scopes.payment);
    const { low, high } = this.#hasher;
    words[at] = low;
    words[at + 1] = high;
    words[at + 2] = isCapture;
    words[at + 3] = this.#data.amount;
    words[at + 4] = movement.highWord(this.#data.amount);
    if (isCapture === 0) return;
    this.#effect(ID.transactionId, {
      low: low ^ scopes.capture.low,
      high: high ^ scopes.capture.high,
    });
  }

  #effect(id: number, scope: Hash): void {
    this.#tally.effects++;
    this.#addEffect(this.#data.fields[id] as number, scope);
  }

  #addEffect(value: number, scope: Hash): void {
    this.#take(value, scope);
    this.#effects.add(this.#hasher.low, this.#hasher.high);
  }

  #take(value: number, scope: Hash): void {
    const { tape } = this.#tape;
    const at = value * token.WORDS;
    this.#hasher.take(tape[at + 1] as number, tape[at + 2] as number, scope);
  }

  #write(at: number, id: number, scope: Hash): void {
    this.#take(this.#data.fields[id] as number, scope);
    this.#movements.words[at] = this.#hasher.low;
    this.#movements.words[at + 1] = this.#hasher.high;
  }
}

interface HoldPosting {
  byTransaction: 0 | 1;
  amount: number;
  envelope: Envelope;
  scopes: Scopes;
}

interface Event {
  word: number;
  envelope: Envelope;
  scopes: Scopes;
}
