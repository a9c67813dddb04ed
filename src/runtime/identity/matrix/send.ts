import type { Readable } from 'node:stream';
import { Agent, request as undiciRequest } from 'undici';
import { messageOf } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/time.ts';
import type { Reply } from './answer.ts';
import { sendRaw } from './send-raw.ts';
import { isLegal, type ShotRequest } from './request.ts';

export interface SendLimits {
  /** Of one shot, from its connection on. */
  timeoutMs: number;
  /** What a body may take after its head; a stream of events has no end. */
  bodyMs: number;
  /** What is read of a body. */
  maxBytes: number;
}

export const SEND_LIMITS: SendLimits = { timeoutMs: 10_000, bodyMs: 2_000, maxBytes: 1024 * 1024 };

export interface Line extends AsyncDisposable {
  /**
   * Sends a request and follows no redirect. @param isRetry it is written by hand then, since a
   * server may answer, and close, before it has read a large request
   */
  send(request: ShotRequest, isRetry: boolean): Promise<Reply>;
}

/** Connections to the target of a run. */
export function openLine(
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  limits: SendLimits = SEND_LIMITS,
): Line {
  const agent = new Agent({
    connect: { timeout: limits.timeoutMs },
    allowH2: false,
    pipelining: 1,
    maxHeaderSize: 64 * 1024,
  });
  return {
    send: async (request, isRetry) => {
      signal.throwIfAborted();
      using deadline = deadlineOf(clock, limits.timeoutMs);
      const both = AbortSignal.any([signal, deadline.signal]);
      const way = isLegal(request) && !isRetry ? sendByClient : sendRaw;
      try {
        return await way(request, { ...limits, signal: both, clock, agent });
      } catch (error) {
        signal.throwIfAborted();
        if (deadline.signal.aborted) {
          return { failure: 'timeout', detail: `nothing came back in ${limits.timeoutMs} ms` };
        }
        return failureOf(error);
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

export interface SendOptions extends SendLimits {
  signal: AbortSignal;
  clock: Clock;
  agent: Agent;
}

function deadlineOf(clock: Clock, ms: number): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const timer = clock.after(ms, () => controller.abort());
  return { signal: controller.signal, [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

async function sendByClient(
  { url, method, headers, body }: ShotRequest,
  options: SendOptions,
): Promise<Reply> {
  const response = await undiciRequest(url, {
    // Undici names the usual ones; it sends any.
    method: method as 'GET',
    headers: headers.flat(),
    body: body ?? null,
    dispatcher: options.agent,
    signal: options.signal,
  });
  const fields = Object.entries(response.headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => [name.toLowerCase(), one] as const),
  );
  return { status: response.statusCode, fields, body: await textOf(response.body, options) };
}

/** As much of a body as comes in time: the status tells more, even where the rest is cut off. */
async function textOf(
  body: Readable,
  { signal, clock, bodyMs, maxBytes }: SendOptions,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  using _end = clock.after(bodyMs, () => body.destroy());
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maxBytes) break;
    }
  } catch (error) {
    if (signal.aborted) throw error;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

const NEVER_CONNECTED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.+|ERR_SSL_.+|CERT_.+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.+)$/;

function failureOf(error: unknown): Reply {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const failure = NEVER_CONNECTED.test(code) ? 'unreachable' : 'cut';
  return { failure, detail: code === '' ? messageOf(error) : code };
}
