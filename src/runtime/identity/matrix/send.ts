import { Agent, request as undiciRequest } from 'undici';
import { messageOf } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/time.ts';
import type { Reply } from './answer.ts';
import { sendRaw } from './send-raw.ts';
import { isLegal, type ShotRequest } from './request.ts';

/** Of one shot, from its connection to the last byte of its answer. */
export const SHOT_TIMEOUT_MS = 10_000;
/** What is read of a body. */
export const MAX_ANSWER_BYTES: number = 1024 * 1024;

export interface SendLimits {
  timeoutMs: number;
  maxBytes: number;
}

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
  limits: SendLimits = { timeoutMs: SHOT_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES },
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
        return await way(request, { signal: both, maxBytes: limits.maxBytes, agent });
      } catch (error) {
        signal.throwIfAborted();
        if (deadline.signal.aborted) {
          return { failure: 'timeout', detail: `no whole answer in ${limits.timeoutMs} ms` };
        }
        return failureOf(error);
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

export interface SendOptions {
  signal: AbortSignal;
  maxBytes: number;
  agent: Agent;
}

function deadlineOf(clock: Clock, ms: number): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const timer = clock.after(ms, () => controller.abort());
  return { signal: controller.signal, [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

async function sendByClient(
  { url, method, headers, body }: ShotRequest,
  { signal, maxBytes, agent }: SendOptions,
): Promise<Reply> {
  const response = await undiciRequest(url, {
    method: method as 'GET',
    headers: headers.flat(),
    body: body ?? null,
    dispatcher: agent,
    signal,
  });
  const fields = Object.entries(response.headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => [name.toLowerCase(), one] as const),
  );
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= maxBytes) break;
  }
  const text = Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
  return { status: response.statusCode, fields, body: text };
}

const NEVER_CONNECTED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.+|ERR_SSL_.+|CERT_.+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.+)$/;

function failureOf(error: unknown): Reply {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const failure = NEVER_CONNECTED.test(code) ? 'unreachable' : 'cut';
  return { failure, detail: code === '' ? messageOf(error) : code };
}
