import type { RunnerMessage } from './service-runner.ts';

const MARK = '{"fintech":"runner",';
/** The longest piece that Docker keeps of a line. */
const MAX_LINE_LENGTH = 16_384;
const MAX_WHY_LENGTH = 1000;

/** What a runner without a parent prints of a message, so that its log tells how it fares. */
export function runnerLineOf(message: RunnerMessage): string {
  const { state } = message;
  const why = 'why' in message ? { why: message.why.slice(0, MAX_WHY_LENGTH) } : {};
  return JSON.stringify({ fintech: 'runner', state, ...why });
}

/**
 * The message in a line of a log, or undefined. It may stand behind other text: the time, or what
 * the service left without a line end.
 */
export function runnerMessageOf(line: string): RunnerMessage | undefined {
  const start = line.lastIndexOf(MARK);
  if (start === -1 || line.length - start > MAX_LINE_LENGTH) return undefined;
  try {
    const { state, why } = JSON.parse(line.slice(start)) as { state?: unknown; why?: unknown };
    if (state === 'running') return { state, process: undefined };
    const knownState = state === 'restarting' || state === 'crashed' || state === 'unwatched';
    return knownState && typeof why === 'string' ? { state, why } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A line of a container's log for people: what its runner says in the form of our other remarks.
 * @returns undefined for what concerns nobody, that the command runs
 */
export function shownLine(line: string): string | undefined {
  const message = runnerMessageOf(line);
  if (message === undefined) return line;
  const before = line.slice(0, line.lastIndexOf(MARK));
  if (message.state === 'running') return before === '' ? undefined : before;
  const what = message.state === 'unwatched' ? '' : `${message.state}: `;
  return `${before}[fintech: ${what}${message.why}]`;
}
