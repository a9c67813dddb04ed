import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { FintechError, messageOf } from '../kernel/errors.ts';
import { splitLines } from '../kernel/lines.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { EVENT_LIMITS, isStreamName } from '../model/event.ts';
import type { Context } from './context.ts';
import { type Ask, askEvents, readHead, readLog } from './event-client.ts';
import { loadWorkspace } from './workspace.ts';

const SOURCE = 'urn:fintech:cli';
const RESUME_PAUSE_MS = 500;
const LINE_LIMIT_BYTES = EVENT_LIMITS.eventBytes * 2;

export interface AppendInput {
  stream: string;
  /** A file of one event, an array or NDJSON; `-` or absent is stdin, unless `type` is given. */
  file: string | undefined;
  /** Makes one event of this type instead of reading any. */
  type: string | undefined;
  /** JSON of that event's data. */
  data: string | undefined;
  /** `none`, `exists`, `any` or a revision. */
  expected: string;
}

export interface AppendResult {
  stream: string;
  revision: number;
  positions: string[];
  replayed: boolean;
}

/** Appends events to one stream, all or none. */
export async function appendEvents(
  context: Context,
  input: AppendInput,
): Promise<Outcome<AppendResult>> {
  requireStreamName(input.stream);
  const workspace = await loadWorkspace(context);
  const body =
    input.type === undefined ? await readEvents(context, input.file) : newEvent(context, input);
  const { body: answer } = await askEvents(context, workspace, {
    method: 'POST',
    path: `/streams/${encodeURIComponent(input.stream)}`,
    body,
    headers: { 'content-type': 'application/json', ...precondition(input.expected) },
  });
  return { data: (await answer.json()) as AppendResult };
}

export interface ReadInput {
  /** One stream, or undefined for the whole log. */
  stream: string | undefined;
  type: string | undefined;
  /** Of a stream: the first revision. Of the log: the position to start behind. */
  from: number | undefined;
  limit: number | undefined;
  backward: boolean;
}

/** Streams events as NDJSON, the bytes as the store serves them. */
export async function readEventLog(context: Context, input: ReadInput): Promise<Outcome<null>> {
  const workspace = await loadWorkspace(context);
  const { body } = await askEvents(context, workspace, { method: 'GET', path: readPath(input) });
  for await (const chunk of body) await context.reporter.write(chunk as Uint8Array);
  return { data: null };
}

/** Streams events as they are appended, until interrupted; resumes when a token or connection ends. */
export async function tailEvents(
  context: Context,
  input: { stream: string | undefined; type: string | undefined; after: number | undefined },
): Promise<Outcome<null>> {
  const workspace = await loadWorkspace(context);
  const ask: Ask = (request) => askEvents(context, workspace, request);
  let after = String(input.after ?? (await readHead(ask)).position);
  while (!context.signal.aborted) {
    const query = queryOf({ follow: 'true', after, stream: input.stream, type: input.type });
    const log = await readLog(context, workspace, query);
    try {
      for await (const { bytes } of splitLines(log, LINE_LIMIT_BYTES)) {
        const line = bytes.toString();
        const { control, position, globalposition } = JSON.parse(line) as Record<
          string,
          string | undefined
        >;
        after = globalposition ?? position ?? after;
        if (control === undefined) await context.reporter.write(`${line}\n`);
      }
    } catch (error) {
      if (context.signal.aborted || !isCutConnection(error)) throw error;
      await context.clock.sleep(RESUME_PAUSE_MS, context.signal);
    }
  }
  return { data: null };
}

function isCutConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('UND_ERR');
}

function readPath({ stream, type, from, limit, backward }: ReadInput): string {
  if (stream === undefined) {
    if (backward) {
      throw new FintechError('USAGE_INVALID', 'only a stream can be read backward', {
        hint: 'Name a stream, or leave --backward out.',
      });
    }
    return `/events${queryOf({ after: from, limit, type })}`;
  }
  requireStreamName(stream);
  if (type !== undefined) {
    throw new FintechError('USAGE_INVALID', '--type filters the whole log, not one stream', {
      hint: 'Leave the stream or --type out.',
    });
  }
  const direction = backward ? 'backward' : undefined;
  return `/streams/${encodeURIComponent(stream)}${queryOf({ from, limit, direction })}`;
}

function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** HTTP's own words for the expected revision. */
function precondition(expected: string): Record<string, string> {
  if (expected === 'any') return {};
  if (expected === 'none') return { 'if-none-match': '*' };
  if (expected === 'exists') return { 'if-match': '*' };
  if (/^(?:0|[1-9]\d*)$/.test(expected)) return { 'if-match': `"${expected}"` };
  throw new FintechError('USAGE_INVALID', `--expected ${expected} is no expected revision`, {
    hint: 'It is none, exists, any or a revision from 0.',
  });
}

function requireStreamName(stream: string): void {
  if (isStreamName(stream)) return;
  throw new FintechError('USAGE_INVALID', 'that is no name of a stream', {
    hint: `A name has 1 to ${EVENT_LIMITS.streamNameBytes} bytes, no control characters, and is not . or ..`,
  });
}

function newEvent(
  { clock, random }: Context,
  { type, data = 'null', stream }: AppendInput,
): string {
  try {
    JSON.parse(data);
  } catch (error) {
    throw new FintechError('USAGE_INVALID', `--data is no JSON: ${messageOf(error)}`, {
      hint: `Quote it for the shell: --data '{"amount":100}'.`,
    });
  }
  const time = new Date(clock.now()).toISOString();
  const attributes = {
    specversion: '1.0',
    id: random.uuid(),
    source: SOURCE,
    type,
    subject: stream,
    time,
  };
  // The data goes in as it was written: its digits must not pass through a float.
  return `${JSON.stringify(attributes).slice(0, -1)},"data":${data}}`;
}

/** @throws FintechError USAGE_INVALID for what cannot be read, is too large or is no UTF-8 */
async function readEvents(context: Context, file: string | undefined): Promise<string> {
  const fromFile = file !== undefined && file !== '-';
  const name = fromFile ? file : 'stdin';
  const chunks = fromFile ? createReadStream(resolve(context.cwd, file)) : context.stdin;
  const text = decodeText(name, await readAll(name, chunks));
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const isNdjson =
    lines.length > 1 &&
    lines.every((line) => line.trimStart().startsWith('{') && line.trimEnd().endsWith('}'));
  return isNdjson ? `[${lines.join(',')}]` : text;
}

async function readAll(name: string, chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > EVENT_LIMITS.appendBytes) break;
      parts.push(chunk);
    }
  } catch (error) {
    if (error instanceof FintechError) throw error;
    throw new FintechError('USAGE_INVALID', `cannot read ${name}: ${messageOf(error)}`, {
      hint: 'Name a file of events, or - for stdin.',
    });
  }
  if (bytes <= EVENT_LIMITS.appendBytes) return Buffer.concat(parts);
  throw new FintechError(
    'USAGE_INVALID',
    `${name} is more than ${EVENT_LIMITS.appendBytes} bytes`,
    {
      hint: 'Append in smaller parts.',
    },
  );
}

/** Text that is not UTF-8 would be stored as other text than was given. */
function decodeText(name: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  throw new FintechError('USAGE_INVALID', `${name} is not UTF-8`, {
    hint: 'Save it as UTF-8.',
  });
}
