import { type Problem, problem } from '../../../kernel/problem.ts';

/** Every problem of the event store: code to status and title. `openapi.ts` is tested against it. */
export const PROBLEMS = {
  'bad-request': [400, 'Request malformed'],
  'bad-encoding': [400, 'Body is not UTF-8'],
  'bad-json': [400, 'Body is not JSON'],
  'duplicate-member': [400, 'JSON member named twice'],
  'bad-event': [400, 'Not a CloudEvents 1.0 event'],
  'reserved-attribute': [400, 'Attribute reserved for the store'],
  'subject-mismatch': [400, 'Subject names another stream'],
  'duplicate-id': [400, 'Event twice in one request'],
  'empty-append': [400, 'Nothing to append'],
  'bad-stream-name': [400, 'Stream name not allowed'],
  'bad-precondition': [400, 'Precondition not understood'],
  'bad-parameter': [400, 'Query parameter not understood'],
  'stream-not-found': [404, 'Stream does not exist'],
  'not-found': [404, 'No such resource'],
  'method-not-allowed': [405, 'Method not allowed'],
  'not-acceptable': [406, 'No acceptable representation'],
  'request-timeout': [408, 'Request took too long'],
  'id-reuse': [409, 'Id belongs to another event'],
  'partial-replay': [409, 'Batch is partly known'],
  'revision-mismatch': [412, 'Expected revision missed'],
  'event-too-large': [413, 'Event too large'],
  'append-too-large': [413, 'Append too large'],
  'unsupported-media-type': [415, 'Media type not supported'],
  internal: [500, 'Fault in the event store'],
  'store-unavailable': [503, 'Store cannot write now'],
  'outcome-unknown': [503, 'Outcome unknown'],
  'too-many-followers': [503, 'Too many followers'],
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

interface RefusalOptions {
  /** Members of the problem beside the standard ones. */
  extensions?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** Ends a request with a problem. */
export class Refusal extends Error {
  readonly problem: Problem;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, detail: string, options: RefusalOptions = {}) {
    super(detail);
    const [status, title] = PROBLEMS[code];
    this.problem = problem(status, code, { title, detail, ...options.extensions });
    this.headers = options.headers ?? {};
  }
}
