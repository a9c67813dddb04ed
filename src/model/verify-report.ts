export const SEVERITIES = ['critical', 'high', 'medium'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Inconclusive: nothing was there to check, or a limit was reached. Never green. */
export type Verdict = 'consistent' | 'inconsistent' | 'inconclusive';

/** How much of an event a report prints: whole, the fields its check read, or what identifies it. */
export const SHOW_LEVELS = ['full', 'fields', 'keys'] as const;
export type Show = (typeof SHOW_LEVELS)[number];

/** What `verify` says; `data` of `--json`. */
export interface Report {
  verdict: Verdict;
  /** Events read, over all sources. */
  events: number;
  /** Position of the last event; null for an empty log. */
  head: string | null;
  checks: CheckReport[];
  findings: Finding[];
  /** Ctrl-C came before the end: what had been found by then. Its findings show no events. */
  interrupted?: true;
}

export interface CheckReport {
  id: string;
  verdict: Verdict;
  checked: number;
  skipped: number;
  /** Why some were skipped, or nothing could be checked. */
  reason: string | null;
  /** All that was found; `findings` lists no more of one check than `--max-findings`. */
  found: number;
  /** What was found too, and is accepted by the baseline. */
  accepted?: number;
}

export interface Finding {
  check: string;
  severity: Severity;
  message: string;
  /** Global positions, or `line:<n>` where the log carries none; in the order of the log. */
  positions: string[];
  streams: string[];
  expected: string;
  actual: string;
  /** The minimal events, whole. Numbers that JavaScript would change keep their digits when printed. */
  events: unknown[];
  /** The same in every run over the same business, wherever it stands; null where nothing names it. */
  digest: string | null;
  /**
   * Where it shows, where the source is a file: its line, unless the file is packed or no NDJSON.
   */
  location?: { file: string; line?: number };
  /** The one command that shows it again. */
  reproduce: string;
  /** Which log each position is of; only where several are read. */
  at?: { source: string; position: string }[];
}

const strings = { type: 'array', items: { type: 'string' } } as const;
const verdict = { enum: ['consistent', 'inconsistent', 'inconclusive'] } as const;
const count = { type: 'integer', minimum: 0 } as const;

/** JSON Schema of a report. */
export const reportSchema: object = {
  type: 'object',
  additionalProperties: false,
  required: ['verdict', 'events', 'head', 'checks', 'findings'],
  properties: {
    verdict,
    interrupted: { const: true },
    events: count,
    head: { type: ['string', 'null'] },
    checks: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'verdict', 'checked', 'skipped', 'reason', 'found'],
        properties: {
          id: { type: 'string' },
          verdict,
          checked: count,
          skipped: count,
          reason: { type: ['string', 'null'] },
          found: count,
          accepted: count,
        },
      },
    },
    findings: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: [
          'check',
          'severity',
          'message',
          'positions',
          'streams',
          'expected',
          'actual',
          'events',
          'digest',
          'reproduce',
        ],
        properties: {
          check: { type: 'string' },
          severity: { enum: SEVERITIES },
          message: { type: 'string' },
          positions: strings,
          streams: strings,
          expected: { type: 'string' },
          actual: { type: 'string' },
          events: { type: 'array', items: { type: 'object' } },
          digest: { type: ['string', 'null'] },
          location: {
            type: 'object',
            additionalProperties: false,
            required: ['file'],
            properties: { file: { type: 'string' }, line: { type: 'integer', minimum: 1 } },
          },
          reproduce: { type: 'string' },
          at: {
            type: 'array',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['source', 'position'],
              properties: { source: { type: 'string' }, position: { type: 'string' } },
            },
          },
        },
      },
    },
  },
};
