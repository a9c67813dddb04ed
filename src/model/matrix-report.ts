import { type ExpectedAnswer } from './token-defect.ts';

/** What became of one shot of `token matrix`. */
export const SHOT_OUTCOMES = [
  /** Refused with the right status and error. */
  'refused',
  /** Refused, but with another status, scheme or error. */
  'refused-otherwise',
  /** Accepted, as it must be. */
  'accepted',
  /** A hole. */
  'wrongly-accepted',
  /** It must be accepted, and was not. */
  'wrongly-refused',
  /** 5xx, other than what a proxy answers when its upstream is away. */
  'server-error',
  /** Text of the token came back. */
  'token-leaked',
  /** Refused or not, it fetched what the token told it to. */
  'called-out',
  'not-run',
  /** 429, 502–504 or no answer, twice. */
  'not-judged',
] as const;
export type ShotOutcome = (typeof SHOT_OUTCOMES)[number];

/** Outcomes that are faults of the API. */
export const HOLES: ReadonlySet<ShotOutcome> = new Set([
  'wrongly-accepted',
  'wrongly-refused',
  'server-error',
  'token-leaked',
  'called-out',
]);

/** `tight`: nothing wrong was found. `inconclusive`: too little was judged to say so. */
export type MatrixVerdict = 'tight' | 'holes' | 'inconclusive';

/** What came back. Nothing in it is text of a token. */
export interface ShotAnswer {
  status: number;
  /** Of `WWW-Authenticate`. */
  scheme: string | null;
  error: string | null;
}

export interface ShotReport {
  /** Of the defect; `good` for a token without any. */
  id: string;
  /** Row of the catalogue; `good` for a twin. */
  class: string;
  /** What was sent, in words. */
  title: string;
  sources: readonly string[];
  outcome: ShotOutcome;
  severity: 'critical' | 'high' | null;
  expected: ExpectedAnswer;
  /** Null where it was not sent, or nothing came back. */
  answer: ShotAnswer | null;
  /** The verdict in a sentence. */
  explanation: string;
}

export interface TargetReport {
  /** Of `matrix.targets`. */
  name: string | null;
  method: string;
  /** Without user, password and query. */
  url: string;
  /** Whose tokens were sent: of a foreign issuer only some can be made. */
  issuer: 'ours' | 'foreign';
  verdict: MatrixVerdict;
  /** Why nothing more can be said. */
  reason: string | null;
  counts: Record<ShotOutcome, number>;
  shots: ShotReport[];
}

/** What `token matrix` says; `data` of `--json`. */
export interface MatrixReport {
  verdict: MatrixVerdict;
  /** Ctrl-C came before the end. */
  interrupted?: true;
  targets: TargetReport[];
}

const text = { type: 'string' } as const;
const textOrNull = { type: ['string', 'null'] } as const;
const verdict = { enum: ['tight', 'holes', 'inconclusive'] } as const;

function closed(properties: Record<string, object>, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

const answer = closed({ status: { type: 'integer' }, scheme: textOrNull, error: textOrNull });

const shot = closed({
  id: { description: 'Of the defect; `good` for a token without any.', type: 'string' },
  class: text,
  title: { description: 'What was sent, in words.', type: 'string' },
  sources: { type: 'array', items: text },
  outcome: { enum: SHOT_OUTCOMES },
  severity: { enum: ['critical', 'high', null] },
  expected: closed(
    {
      status: { type: 'integer' },
      scheme: textOrNull,
      error: textOrNull,
      or: { description: 'Other statuses.', type: 'array', items: { type: 'integer' } },
    },
    ['or'],
  ),
  answer: { anyOf: [answer, { type: 'null' }] },
  explanation: text,
});

/** JSON Schema of a report. */
export const matrixReportSchema: object = closed(
  {
    verdict,
    interrupted: { const: true },
    targets: {
      type: 'array',
      items: closed({
        name: textOrNull,
        method: text,
        url: text,
        issuer: { enum: ['ours', 'foreign'] },
        verdict,
        reason: textOrNull,
        counts: closed(
          Object.fromEntries(SHOT_OUTCOMES.map((name) => [name, { type: 'integer', minimum: 0 }])),
        ),
        shots: { type: 'array', items: shot },
      }),
    },
  },
  ['interrupted'],
);
