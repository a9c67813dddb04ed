import { type Clock, formatInstant } from './time.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Writes one structured line. `fields` never hold a token, key or secret. */
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

/** A log of JSON lines: `{ time, level, unit, message, …fields }`. */
export function jsonLog(unit: string, clock: Clock, write: (line: string) => void): Log {
  return (level, message, fields = {}) => {
    write(
      `${JSON.stringify({ time: formatInstant(clock.now()), level, unit, message, ...fields })}\n`,
    );
  };
}

export const silentLog: Log = () => {};
