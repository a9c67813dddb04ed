import { maskTokens } from './mask-tokens.ts';
import { type Clock, formatInstant } from './time.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Writes one structured line. `fields` hold no key or secret; a token in a path is masked. */
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

/** A log of JSON lines: `{ time, level, unit, message, …fields }`. */
export function jsonLog(unit: string, clock: Clock, write: (line: string) => void): Log {
  return (level, message, fields = {}) => {
    const entry = { time: formatInstant(clock.now()), level, unit, message, ...fields };
    write(`${maskTokens(JSON.stringify(entry))}\n`);
  };
}

export const silentLog: Log = () => {};
