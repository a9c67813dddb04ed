import type { ShotAnswer, ShotReport } from '../../../model/matrix-report.ts';
import type { ExpectedAnswer } from '../../../model/token-defect.ts';
import { type Answer, challengeOf, leaks, type Reply } from './answer.ts';
import type { ShotEntry, StatusRules } from './contract.ts';
import { whyItMatters } from './why.ts';

export type Judged = Pick<ShotReport, 'outcome' | 'severity' | 'answer' | 'explanation'>;

export interface JudgeOptions {
  rules: StatusRules;
  /** What no answer may hold. */
  secrets: readonly string[];
  /** Whether no HTTP client would send such a request: to cut it off is to refuse it. */
  isIllegal: boolean;
}

/** What a proxy says while its upstream is away, and who asks for fewer requests. */
const PASSING = new Set([429, 502, 503, 504]);

/** Whether it may be otherwise when asked again. */
export function isPassing(reply: Reply, { expect }: ShotEntry): boolean {
  if ('failure' in reply) return true;
  return PASSING.has(reply.status) && !isDue(reply.status, expect);
}

/** Judges what came back to one shot. */
export function judgeReply(entry: ShotEntry, reply: Reply, options: JudgeOptions): Judged {
  if ('failure' in reply) return judgeSilence(reply, options);
  const { status } = reply;
  const isLeak = leaks(reply, options.secrets);
  const answer = shownAnswer(reply, entry.expect, isLeak);
  const told = (judged: Omit<Judged, 'answer'>): Judged => ({ ...judged, answer });
  if (isLeak) {
    const explanation = `Text of the token came back in the answer (${status}): it ends up in logs and on screens of others (RFC 6750 §5.2).`;
    return told({ outcome: 'token-leaked', severity: 'critical', explanation });
  }
  if (isPassing(reply, entry)) {
    const explanation = `Answered ${status} twice: that says nothing of the token.`;
    return told({ outcome: 'not-judged', severity: null, explanation });
  }
  if (status >= 500 && !isDue(status, entry.expect)) {
    const explanation = `Answered ${status}: the token reached code that cannot cope with it. ${dueText(entry)}`;
    return told({ outcome: 'server-error', severity: 'critical', explanation });
  }
  return told(
    entry.expect.status < 300
      ? judgeGood(entry, status, options)
      : judgeBad(entry, answer, options),
  );
}

function judgeSilence(
  { failure, detail }: Extract<Reply, { failure: string }>,
  { isIllegal }: JudgeOptions,
): Judged {
  if (isIllegal && failure === 'cut') {
    const explanation = 'Cut off without an answer: 400 would say why (RFC 9110 §15.5.1).';
    return { outcome: 'refused-otherwise', severity: null, answer: null, explanation };
  }
  const explanation = `No answer, twice (${detail}): that says nothing of the token.`;
  return { outcome: 'not-judged', severity: null, answer: null, explanation };
}

function judgeGood(
  entry: ShotEntry,
  status: number,
  { rules }: JudgeOptions,
): Omit<Judged, 'answer'> {
  if (rules.accepts(status)) {
    const explanation = `Accepted with ${status}, as it must be${cited(entry)}.`;
    return { outcome: 'accepted', severity: null, explanation };
  }
  const explanation = `Refused with ${status}, but it must be accepted${cited(entry)}. ${whyItMatters(entry)}`;
  return { outcome: 'wrongly-refused', severity: 'high', explanation };
}

function judgeBad(
  entry: ShotEntry,
  answer: ShotAnswer,
  { rules }: JudgeOptions,
): Omit<Judged, 'answer'> {
  const { status } = answer;
  const { expect } = entry;
  if (rules.accepts(status) && !isDue(status, expect)) {
    const explanation = `Accepted with ${status}. ${dueText(entry)} ${whyItMatters(entry)}`;
    return { outcome: 'wrongly-accepted', severity: 'critical', explanation };
  }
  const came = textOf(answer);
  if (rules.accepts(status)) {
    const explanation = `Answered ${status}, which is no fault${cited(entry)}.`;
    return { outcome: 'accepted', severity: null, explanation };
  }
  if (isRight(answer, entry, rules)) {
    const explanation = `Refused with ${came}, as it must be${cited(entry)}.`;
    return { outcome: 'refused', severity: null, explanation };
  }
  const explanation = `Refused, but with ${came}. ${dueText(entry)}`;
  return { outcome: 'refused-otherwise', severity: null, explanation };
}

function isDue(status: number, { status: due, or = [] }: ExpectedAnswer): boolean {
  return status === due || or.includes(status);
}

/** Another status than the first that is due comes with whatever scheme and error. */
function isRight(
  { status, scheme, error }: ShotAnswer,
  { expect }: ShotEntry,
  { refuses }: StatusRules,
): boolean {
  if (refuses?.(status) === true) return true;
  if (status !== expect.status) return isDue(status, expect);
  if (expect.scheme === null) return true;
  return scheme?.toLowerCase() === expect.scheme.toLowerCase() && error === expect.error;
}

/** RFC 6749 §5.2 has errors of visible ASCII; anything else, or longer, is not shown. */
const SHOWN = /^[\x21\x23-\x5b\x5d-\x7e]{1,40}$/;

function shownAnswer(answer: Answer, { scheme }: ExpectedAnswer, isLeak: boolean): ShotAnswer {
  const challenge = challengeOf(answer, scheme);
  const shown = (text: string | null | undefined) =>
    text === null || text === undefined || !SHOWN.test(text) || isLeak ? null : text;
  return {
    status: answer.status,
    scheme: shown(challenge?.scheme),
    error: shown(challenge?.error),
  };
}

/** `401 Bearer invalid_token`. */
export function textOf({ status, scheme, error }: ShotAnswer): string {
  return [status, scheme, error].filter((part) => part !== null).join(' ');
}

function dueText({ expect, sources }: ShotEntry): string {
  if (expect.status < 300) return `It must be accepted${cited({ sources })}.`;
  const others = (expect.or ?? []).map((status) => ` or ${status}`).join('');
  const form = expect.scheme !== null && expect.error === null ? ' without an error code' : '';
  return `Due is ${textOf(expect)}${form}${others}${cited({ sources })}.`;
}

function cited({ sources }: Pick<ShotEntry, 'sources'>): string {
  return sources.length === 0 ? '' : ` (${sources.join(', ')})`;
}
