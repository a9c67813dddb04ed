import { FintechError } from '../../../kernel/errors.ts';
import {
  HOLES,
  type MatrixVerdict,
  SHOT_OUTCOMES,
  type ShotOutcome,
  type ShotReport,
  type TargetReport,
} from '../../../model/matrix-report.ts';
import { type Carriage, carriageOf } from '../../../model/token-request.ts';
import { type Reply, secretsIn } from './answer.ts';
import { GOOD, type Made, type MatrixOptions, type ShotEntry } from './contract.ts';
import { isPassing, type Judged, judgeReply } from './judge-reply.ts';
import { isLegal, requestOf } from './request.ts';
import { type Line, openLine, type SendLimits } from './send.ts';
import { GOOD_ENTRY, type Shot, shotsOf } from './shots.ts';

/** Above this share of shots that could not be judged, nothing is said of the API. */
const MAX_UNJUDGED_SHARE = 0.1;
/** What a server may ask us to wait before a retry (RFC 9110 §10.2.3). */
const MAX_RETRY_AFTER_MS = 10_000;
const RETRY_AFTER_MS = 500;

/**
 * Sends the good token, then every defect that means something, one after the other, and judges
 * the answers. Interrupted, it tells what it had by then.
 */
export async function runMatrix(
  options: MatrixOptions,
  limits?: SendLimits,
): Promise<TargetReport> {
  await using line = openLine(options, limits);
  const range = new Range(options, line);
  const first = await range.shoot({
    entry: GOOD_ENTRY,
    kind: GOOD,
    make: () => options.source.good(),
  });
  const rest = shotsOf(options);
  if (!wasTaken(first, options)) {
    const reason = `The good token was not accepted. ${first.explanation}`;
    return reportOf(options, [first], reason);
  }
  const shots = [first];
  for (const shot of rest) {
    shots.push(await range.shoot(shot));
    options.onShot?.(shots.length, rest.length + 1);
  }
  return reportOf(options, shots, undefined);
}

/** Whether the API let it in, whatever else is wrong with the answer. */
function wasTaken({ outcome, answer }: ShotReport, { rules }: MatrixOptions): boolean {
  if (outcome === 'accepted') return true;
  return outcome === 'token-leaked' && answer !== null && rules.accepts(answer.status);
}

/** Where shots are fired, one at a time, no faster than was said. */
class Range {
  readonly #options: MatrixOptions;
  readonly #line: Line;
  /** Kinds of good tokens that were not accepted, so that nothing can be said of what is made of them. */
  readonly #refusedKinds = new Set<string>();
  #nextMs = 0;

  constructor(options: MatrixOptions, line: Line) {
    this.#options = options;
    this.#line = line;
  }

  async shoot({ entry, kind, make }: Shot): Promise<ShotReport> {
    const { id, class: row, title, sources, expect } = entry;
    const judged = this.#refusedKinds.has(kind)
      ? notRun(`a good token of its kind (${kind}) was not accepted`)
      : await this.#judge(entry, make);
    const isTwin = row === GOOD_ENTRY.class;
    if (isTwin && judged.outcome === 'wrongly-refused') this.#refusedKinds.add(kind);
    const told = isTwin && kind !== GOOD ? ofTwin(judged, kind) : judged;
    return { id, class: row, title, sources, expected: expect, ...told };
  }

  async #judge(entry: ShotEntry, make: () => Promise<Made>): Promise<Judged> {
    const { random, signal } = this.#options;
    const uuid = random.uuid();
    try {
      const made = await make();
      if ('notRun' in made) return notRun(made.notRun);
      const carriage = carriageOf(made.minted);
      const reply = await this.#fire(carriage, { uuid, isRetry: false });
      if (entry === GOOD_ENTRY && isUnreachable(reply)) throw unreachable(this.#options, reply);
      if (!isPassing(reply, entry)) return this.#told(entry, { carriage, reply });
      await this.#waitAfter(reply);
      // Made again: a proof or a jti may be good for once only.
      const again = await make();
      if ('notRun' in again) return notRun(again.notRun);
      const second = carriageOf(again.minted);
      const retried = await this.#fire(second, { uuid, isRetry: 'failure' in reply });
      return this.#told(entry, { carriage: second, reply: retried });
    } catch (error) {
      if (signal.aborted) return notRun('the run was interrupted');
      throw error;
    }
  }

  async #fire(
    carriage: Carriage,
    { uuid, isRetry }: { uuid: string; isRetry: boolean },
  ): Promise<Reply> {
    const { target, clock, signal, perSecond } = this.#options;
    const waitMs = this.#nextMs - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    if (perSecond !== undefined) this.#nextMs = clock.monotonicMs() + 1000 / perSecond;
    return this.#line.send(requestOf(target, carriage, uuid), isRetry);
  }

  async #waitAfter(reply: Reply): Promise<void> {
    const { clock, signal } = this.#options;
    const named =
      'failure' in reply ? undefined : reply.fields.find(([name]) => name === 'retry-after')?.[1];
    const seconds = /^\d{1,6}$/.test(named ?? '') ? Number(named) : undefined;
    const ms = seconds === undefined ? RETRY_AFTER_MS : seconds * 1000;
    await clock.sleep(Math.min(ms, MAX_RETRY_AFTER_MS), signal);
  }

  #told(entry: ShotEntry, { carriage, reply }: { carriage: Carriage; reply: Reply }): Judged {
    const { target, rules } = this.#options;
    const values = carriage.headers.map(([, value]) => value);
    const secrets = secretsIn([...values, carriage.query ?? '', carriage.form ?? '']);
    const isIllegal = !isLegal(requestOf(target, carriage, ''));
    return judgeReply(entry, reply, { rules, secrets, isIllegal });
  }
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

function reportOf(
  { target: { name, method, url }, source }: MatrixOptions,
  shots: ShotReport[],
  refused: string | undefined,
): TargetReport {
  const counts = countsOf(shots);
  const reason = refused ?? whyInconclusive(counts);
  const faults = refused === undefined ? HOLES : new Set<ShotOutcome>(['token-leaked']);
  const isHole = shots.some(({ outcome }) => faults.has(outcome));
  const verdict: MatrixVerdict = isHole ? 'holes' : reason === null ? 'tight' : 'inconclusive';
  return {
    name: name ?? null,
    method,
    url: `${url.origin}${url.pathname}`,
    issuer: source.issuer,
    verdict,
    reason: reason ?? null,
    counts,
    shots,
  };
}

function countsOf(shots: readonly ShotReport[]): Record<ShotOutcome, number> {
  const count = (outcome: ShotOutcome) => shots.filter((shot) => shot.outcome === outcome).length;
  return Object.fromEntries(SHOT_OUTCOMES.map((outcome) => [outcome, count(outcome)])) as Record<
    ShotOutcome,
    number
  >;
}

function whyInconclusive(counts: Record<ShotOutcome, number>): string | null {
  const unjudged = counts['not-judged'];
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const sent = all - counts['not-run'];
  if (unjudged > sent * MAX_UNJUDGED_SHARE) {
    return `${unjudged} of ${sent} shots could not be judged: no answer, 429, 502, 503 or 504.`;
  }
  // The good token is one of those that were sent.
  return sent - unjudged > 1 ? null : 'Nothing but the good token was judged.';
}
