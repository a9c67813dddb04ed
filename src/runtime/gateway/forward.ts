import { Transform, type TransformCallback } from 'node:stream';
import type { Dispatcher, Pool } from 'undici';
import { hasErrnoCode } from '../../kernel/errors.ts';
import { type Problem, problem } from '../../kernel/problem.ts';
import type { Clock } from '../../kernel/time.ts';
import type { Exchange } from './exchange.ts';
import { downstreamFields, trailerFields } from './header-fields.ts';
import type { GatewayLimits } from './limits.ts';

export interface ForwardOptions {
  pool: Pool;
  /** Path and query for the upstream. */
  target: string;
  fields: string[];
  limits: GatewayLimits;
  clock: Clock;
}

/** Sends a request on and streams the answer back, each at the pace of its reader. */
export function forward(exchange: Exchange, options: ForwardOptions): void {
  const { request } = exchange;
  const body = exchange.hasBody ? bodyOf(exchange, options.limits) : null;
  options.pool.dispatch(
    {
      method: request.method ?? 'GET',
      path: options.target,
      headers: options.fields,
      body,
    },
    new UpstreamAnswer(exchange, options),
  );
}

/** The request body could not be had to its end; `problem` is the answer to that. */
class BodyFault extends Error {
  readonly problem: Problem;

  constructor(body: Problem) {
    super(body.title);
    this.problem = body;
  }
}

/** The client's body behind a stream of its own: undici may destroy it, the client's must live. */
function bodyOf(exchange: Exchange, limits: GatewayLimits): Transform {
  const { request, response } = exchange;
  const body = new CountedBody(limits.bodyBytes);
  // undici passes faults on to the answer; nobody else needs to hear of them.
  body.on('error', () => {});
  exchange.onBodyFault((fault) => body.destroy(new BodyFault(fault)));
  request.once('close', () => {
    if (!request.complete) body.destroy();
  });
  if (exchange.isWaiting) response.writeContinue();
  return request.pipe(body);
}

class CountedBody extends Transform {
  #left: number;

  constructor(limitBytes: number) {
    super();
    this.#left = limitBytes;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#left -= chunk.length;
    if (this.#left < 0) done(new BodyFault(bodyTooLarge()));
    else done(null, chunk);
  }
}

export function bodyTooLarge(): Problem {
  return problem(413, 'body-too-large', {
    title: 'Body too large',
    detail: 'The body of the request is longer than the gateway takes.',
  });
}

/** Writes the upstream's answer to the client as it comes. */
class UpstreamAnswer implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #options: ForwardOptions;
  #controller: Dispatcher.DispatchController | undefined;
  #isStarted = false;
  #isOver = false;
  #stall: Disposable | undefined;

  constructor(exchange: Exchange, options: ForwardOptions) {
    this.#exchange = exchange;
    this.#options = options;
    exchange.response.once('close', () => this.#onClientGone());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#exchange.response.destroyed) controller.abort(new Error('client gone'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // Interim answers are for this hop; ours went out when the body was asked for.
    if (status < 200) return;
    const { response } = this.#exchange;
    const fields = downstreamFields(textsOf(controller.rawHeaders), status);
    response.writeHead(status, fields);
    // A first piece that came along shares the packet; an event stream may have none for long.
    queueMicrotask(() => {
      if (!this.#isStarted && !this.#isOver) response.flushHeaders();
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#isStarted = true;
    const { response } = this.#exchange;
    if (response.write(chunk)) return;
    controller.pause();
    this.#stall = this.#options.clock.after(this.#options.limits.clientStallMs, () =>
      response.destroy(),
    );
    response.once('drain', () => {
      this.#stall?.[Symbol.dispose]();
      controller.resume();
    });
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.#isOver = true;
    const { response } = this.#exchange;
    const trailers = trailerFields(textsOf(controller.rawTrailers));
    if (trailers.length > 0) response.addTrailers(trailers);
    response.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#isOver = true;
    this.#exchange.refuse(problemOf(error, this.#exchange.route?.service ?? ''));
  }

  /** An answer nobody waits for is not worth finishing, nor is its request. */
  #onClientGone(): void {
    this.#stall?.[Symbol.dispose]();
    if (!this.#isOver) this.#controller?.abort(new Error('client gone'));
  }
}

function textsOf(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  return Array.isArray(raw)
    ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')))
    : [];
}

const TIMEOUTS = ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];
const UNREACHABLE = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'];

function problemOf(error: Error, service: string): Problem {
  if (error instanceof BodyFault) return error.problem;
  const has = (code: string) => hasErrnoCode(error, code);
  if (TIMEOUTS.some(has)) {
    return problem(504, 'upstream-timeout', {
      title: 'Service took too long',
      detail: `The service ${service} did not answer in time.`,
    });
  }
  const [code, what] = UNREACHABLE.some(has)
    ? ['upstream-unreachable', 'could not be connected to']
    : ['upstream-failed', 'broke off without a complete, readable answer'];
  return problem(502, code, { title: 'Service failed', detail: `The service ${service} ${what}.` });
}
