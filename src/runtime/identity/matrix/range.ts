import { FintechError } from '../../../kernel/errors.ts';
import type { ShotReport } from '../../../model/matrix-report.ts';
import { type Carriage, carriageOf } from '../../../model/token-request.ts';
import { type Answer, challengesOf, type Reply, secretsIn } from './answer.ts';
import { GOOD, type MatrixOptions, type ShotEntry } from './contract.ts';
import { isPassing, type Judged, judgeReply } from './judge-reply.ts';
import { isLegal, requestOf } from './request.ts';
import type { Line } from './send.ts';
import { GOOD_ENTRY, type Shot } from './shots.ts';

/** What a server may ask us to wait before a retry (RFC 9110 §10.2.3). */
const MAX_RETRY_AFTER_MS = 10_000;
const RETRY_AFTER_MS = 500;
const NONCE_WANTED = 'use_dpop_nonce';

/** One sending of a shot; `uuid` is the same in a retry, so that money moves once. */
interface Once {
  uuid: string;
  isRetry: boolean;
}

interface Tried {
  carriage: Carriage;
  reply: Reply;
}

/** Where shots are fired, one at a time, no faster than was said. */
export class Range {
  readonly #options: MatrixOptions;
  readonly #line: Line;
  /** Kinds of good tokens that were not accepted, so that nothing can be said of what is made of them. */
  readonly #refusedKinds = new Set<string>();
  #nextMs = 0;

  constructor(options: MatrixOptions, line: Line) {
    this.#options = options;
    this.#line = line;
  }

  async shoot(shot: Shot): Promise<ShotReport> {
    const { entry, kind } = shot;
    const { id, class: row, title, sources, expect } = entry;
    const { calls = () => 0 } = this.#options;
    const before = calls();
    const answered =
      entry !== GOOD_ENTRY && this.#refusedKinds.has(kind)
        ? notRun(`a good token of its kind (${kind}) was not accepted`)
        : await this.#judge(shot);
    const isTwin = row === GOOD_ENTRY.class;
    const known =
      isTwin &&
      entry !== GOOD_ENTRY &&
      answered.outcome === 'wrongly-refused' &&
      (await this.#waitForKeys())
        ? await this.#judge(shot)
        : answered;
    const judged = calls() > before ? whoCalled(known, shot.entry) : known;
    if (isTwin && judged.outcome === 'wrongly-refused') this.#refusedKinds.add(kind);
    else if (isTwin) this.#refusedKinds.delete(kind);
    const told = isTwin && kind !== GOOD ? ofTwin(judged, kind) : judged;
    return { id, class: row, title, sources, expected: expect, ...told };
  }

  /** @returns false where there is nothing to wait for */
  async #waitForKeys(): Promise<boolean> {
    const { keysKnownMs = 0, clock, signal, onWait } = this.#options;
    const ms = keysKnownMs - clock.monotonicMs();
    if (ms <= 0 || signal.aborted) return false;
    onWait?.(ms);
    // Where it is interrupted, the next shot tells.
    await clock.sleep(ms, signal).catch(() => undefined);
    return true;
  }

  async #judge({ entry, make, isRepeated = false }: Shot): Promise<Judged> {
    const uuid = this.#options.random.uuid();
    try {
      const first = await this.#try(make, { uuid, isRetry: false });
      if ('notRun' in first) return notRun(first.notRun);
      const { reply } = first;
      if (entry === GOOD_ENTRY && isUnreachable(reply)) throw unreachable(this.#options, reply);
      if (isRepeated) return await this.#repeat(entry, first, uuid);
      const wantsNonce = !('failure' in reply) && asksForNonce(reply, entry);
      if (!wantsNonce && !isPassing(reply, entry)) return this.#told(entry, first);
      if (!wantsNonce) await this.#waitAfter(reply);
      // Made again: a proof or a jti may be good for once only.
      const second = await this.#try(make, { uuid, isRetry: 'failure' in reply });
      return 'notRun' in second ? notRun(second.notRun) : this.#told(entry, second);
    } catch (error) {
      if (this.#options.signal.aborted) return notRun('the run was interrupted');
      throw error;
    }
  }

  async #try(make: Shot['make'], once: Once): Promise<Tried | { notRun: string }> {
    const made = await make();
    if ('notRun' in made) return made;
    const carriage = carriageOf(made.minted);
    return { carriage, reply: await this.#fire(carriage, once) };
  }

  async #repeat(entry: ShotEntry, { carriage, reply }: Tried, uuid: string): Promise<Judged> {
    const { rules } = this.#options;
    if ('failure' in reply || !rules.accepts(reply.status)) {
      return notRun('it was not accepted the first time');
    }
    return this.#told(entry, {
      carriage,
      reply: await this.#fire(carriage, { uuid, isRetry: false }),
    });
  }

  async #fire(carriage: Carriage, { uuid, isRetry }: Once): Promise<Reply> {
    const { target, clock, signal, perSecond, source } = this.#options;
    const waitMs = this.#nextMs - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    if (perSecond !== undefined) this.#nextMs = clock.monotonicMs() + 1000 / perSecond;
    const reply = await this.#line.send(requestOf(target, carriage, uuid), isRetry);
    const nonce = 'failure' in reply ? undefined : fieldOf(reply, 'dpop-nonce');
    if (nonce !== undefined) source.hearNonce(nonce);
    return reply;
  }

  async #waitAfter(reply: Reply): Promise<void> {
    const { clock, signal } = this.#options;
    const named = 'failure' in reply ? undefined : fieldOf(reply, 'retry-after');
    const seconds = /^\d{1,6}$/.test(named ?? '') ? Number(named) : undefined;
    const ms = seconds === undefined ? RETRY_AFTER_MS : seconds * 1000;
    await clock.sleep(Math.min(ms, MAX_RETRY_AFTER_MS), signal);
  }

  #told(entry: ShotEntry, { carriage, reply }: Tried): Judged {
    const { target, rules } = this.#options;
    const values = carriage.headers.map(([, value]) => value);
    const secrets = secretsIn([...values, carriage.query ?? '', carriage.form ?? '']);
    const isIllegal = !isLegal(requestOf(target, carriage, ''));
    return judgeReply(entry, reply, { rules, secrets, isIllegal });
  }
}

function fieldOf({ fields }: Answer, name: string): string | undefined {
  return fields.find(([known]) => known === name)?.[1];
}

/** RFC 9449 §9: the next proof is to hold the nonce that came with this. */
function asksForNonce(answer: Answer, { expect }: ShotEntry): boolean {
  return (
    expect.error !== NONCE_WANTED &&
    challengesOf(answer).some(({ error }) => error === NONCE_WANTED) &&
    fieldOf(answer, 'dpop-nonce') !== undefined
  );
}

/** What it was told by the token it did, before it knew whose token that is. */
function whoCalled(judged: Judged, { sources }: ShotEntry): Judged {
  if (judged.severity === 'critical') return judged;
  const explanation = `Fetched the address that the token names (${sources.join(', ')}). Whoever writes a token sends the API where he likes.`;
  return { ...judged, outcome: 'called-out', severity: 'critical', explanation };
}

/** An API need not take every kind of token; what it does not take says nothing of it. */
function ofTwin(judged: Judged, kind: string): Judged {
  if (judged.outcome !== 'wrongly-refused') return judged;
  const explanation = `Not taken here (${judged.answer?.status}): nothing made of ${kind} tokens is sent.`;
  return { ...judged, outcome: 'not-run', severity: null, explanation };
}

function isUnreachable(reply: Reply): reply is Extract<Reply, { failure: string }> {
  return 'failure' in reply && reply.failure === 'unreachable';
}

function unreachable(
  { target: { url } }: MatrixOptions,
  { detail }: { detail: string },
): FintechError {
  return new FintechError('TOKEN_TARGET_UNREACHABLE', `no connection to ${url.origin}: ${detail}`, {
    hint: 'Check the address, and that something listens there.',
  });
}

function notRun(why: string): Judged {
  return { outcome: 'not-run', severity: null, answer: null, explanation: `Not run: ${why}.` };
}
