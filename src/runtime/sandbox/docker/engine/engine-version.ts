import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { EngineOptions } from './endpoint.ts';

/** An engine's answer takes a few kilobytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** The parts of `GET /version` that decide whether an engine can be used. */
export interface EngineVersion {
  /** The engine's own version, for messages: `20.10.24`. */
  version: string;
  /** The newest and the oldest API it speaks: `1.41`. */
  api: string;
  oldestApi: string;
  /** What its containers run: `linux` or `windows`. */
  os: string;
}

/** An HTTP answer that no Docker engine gives when asked for its version. */
export class NoEngineError extends Error {
  /** Undefined where the status was good and the text was not. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.name = 'NoEngineError';
    this.status = status;
  }
}

/**
 * Asks an engine for its version, without Docker's client: that takes ten times as long to load,
 * and `auto` asks at every start.
 * @throws NoEngineError, or the error of the connection as Node throws it
 */
export async function askVersion(
  options: EngineOptions,
  signal: AbortSignal,
): Promise<EngineVersion> {
  const answer = await get(options, signal);
  const text = await bodyOf(answer);
  if (answer.statusCode !== 200) throw refusal(answer, text);
  return decoded(text);
}

function get(
  { socketPath, host, port, protocol, ca, cert, key, agent }: EngineOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  // Docker's client wants an IPv6 address in brackets, Node without.
  const place =
    socketPath === undefined ? { host: host?.replace(/^\[(.*)\]$/, '$1'), port } : { socketPath };
  const options = { ...place, ca, cert, key, agent, path: '/version', signal };
  return new Promise((resolve, reject) => {
    const request = protocol === 'https' ? httpsRequest(options) : httpRequest(options);
    request.once('response', resolve).on('error', reject).end();
  });
}

async function bodyOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new NoEngineError('its answer does not end');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refusal({ statusCode, statusMessage }: IncomingMessage, text: string): NoEngineError {
  const said = engineWords(text);
  const status = `${statusCode} ${statusMessage}`.trim();
  return new NoEngineError(said === '' ? status : `${status}: ${said}`, statusCode);
}

/** What an engine says in a refusal: `{"message":"…"}`, or some short text. */
function engineWords(text: string): string {
  const json = parsed(text);
  const message = typeof json === 'object' && json !== null && 'message' in json && json.message;
  if (typeof message === 'string') return message.trim();
  return text.startsWith('<') ? '' : text.trim().slice(0, 200);
}

function decoded(text: string): EngineVersion {
  const answer = (parsed(text) ?? {}) as Record<string, unknown>;
  const { Version: version, ApiVersion: api, MinAPIVersion: oldestApi, Os: os } = answer;
  if (typeof version !== 'string' || !isApi(api) || typeof os !== 'string') {
    throw new NoEngineError('its answer is not that of a Docker engine');
  }
  return { version, api, oldestApi: isApi(oldestApi) ? oldestApi : api, os };
}

function isApi(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,4}\.\d{1,4}$/.test(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
