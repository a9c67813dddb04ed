import { splitLines } from '../../../../kernel/lines.ts';

/** One line the engine writes while it pulls, imports or builds. */
export interface EngineProgress {
  status?: string;
  /** The layer it is about. */
  id?: string;
  progressDetail?: { current?: number; total?: number };
  /** What a build came to. */
  aux?: { ID?: string };
}

/** The engine gave up in the middle of an answer that had begun well; the message is its own. */
export class EngineGaveUpError extends Error {
  override readonly name = 'EngineGaveUpError';
}

const MAX_LINE_BYTES = 1024 * 1024;

/**
 * Reads the engine's progress to its end.
 * @throws EngineGaveUpError when a line says so
 */
export async function* progressOf(
  answer: NodeJS.ReadableStream,
): AsyncGenerator<EngineProgress, void> {
  for await (const { bytes } of splitLines(answer as AsyncIterable<Uint8Array>, MAX_LINE_BYTES)) {
    const text = bytes.toString().trim();
    if (text === '') continue;
    const line = JSON.parse(text) as EngineProgress & { error?: string };
    if (typeof line.error === 'string') throw new EngineGaveUpError(line.error);
    yield line;
  }
}
