import type { IncomingMessage, ServerResponse } from 'node:http';
import { maskTokens } from '../../kernel/mask-tokens.ts';
import { type Problem, PROBLEM_MEDIA_TYPE } from '../../kernel/problem.ts';
import type { RouteConfig } from '../../model/config.ts';
import type { TraceContext } from './trace-context.ts';

/** Bytes of a refused request that are read and dropped, so that its client can read the answer. */
const DISCARD_BYTES = 1024 * 1024;

/** One request on its way through the gateway, and what the access log will say of it. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly trace: TraceContext;
  /** Canonical once it is known. Never holds the query, which may hold secrets. */
  path = '';
  route: RouteConfig | undefined;
  upstream: string | undefined;
  clientId: string | undefined;
  /** Last part of the `type` of a problem the gateway made itself. */
  problem: string | undefined;
  #isDiscarding = false;
  #bodyFault: Problem | undefined;
  #tellBodyFault: ((problem: Problem) => void) | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, trace: TraceContext) {
    this.request = request;
    this.response = response;
    this.trace = trace;
    response.once('finish', () => this.#discardRest());
  }

  get hasBody(): boolean {
    const { headers } = this.request;
    return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  }

  /** Whether the client waits for `100 Continue` before it sends its body (RFC 9110 §10.1.1). */
  get isWaiting(): boolean {
    return this.request.headers.expect !== undefined && this.request.httpVersion === '1.1';
  }

  /** The rest of the body cannot be read; what follows on the connection is not a request. */
  breakBody(fault: Problem): void {
    this.response.shouldKeepAlive = false;
    this.#bodyFault = fault;
    this.#tellBodyFault?.(fault);
  }

  /** Hears of `breakBody`, even if it came first. */
  onBodyFault(listener: (fault: Problem) => void): void {
    this.#tellBodyFault = listener;
    if (this.#bodyFault !== undefined) listener(this.#bodyFault);
  }

  /** Answers with problem details, or cuts the connection when an answer has begun. */
  refuse(problem: Problem, headers: Readonly<Record<string, string>> = {}): void {
    const { response } = this;
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    this.problem = problem.type.slice(problem.type.lastIndexOf(':') + 1);
    const instance = this.path === '' ? {} : { instance: this.path };
    const told = { ...problem, ...instance, traceId: this.trace.traceId };
    const body = maskTokens(JSON.stringify(told));
    if (this.isWaiting) response.shouldKeepAlive = false;
    response.writeHead(problem.status, {
      ...headers,
      'content-type': PROBLEM_MEDIA_TYPE,
      'content-length': Buffer.byteLength(body),
    });
    this.#discardRest();
    response.end(body);
  }

  /** Node alone would read on without end, or not at all where reading had begun. */
  #discardRest(): void {
    const { request } = this;
    if (request.complete || request.destroyed || this.#isDiscarding) return;
    this.#isDiscarding = true;
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > DISCARD_BYTES) request.destroy();
    });
    request.resume();
  }
}
