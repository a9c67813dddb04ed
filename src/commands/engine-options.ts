import { type Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from './options.ts';

export interface EngineFlags {
  workers?: number;
  memory: number;
}

const MIB = 1_048_576;
const DEFAULT_MIB = 512;
const UNITS: Readonly<Record<string, number>> = { k: 1024, m: MIB, g: 1024 * MIB };
const SIZE = /^(\d+(?:\.\d+)?)([kmg])(?:i?b)?$/i;
/** Below this nothing is left to work with. */
const LEAST_BYTES = MIB;
const MAX_WORKERS = 256;

/** How hard the machine is worked; no outcome depends on it. */
export function addEngineOptions(command: Command): Command {
  return command
    .option('--workers <n>', 'threads that read a large log (default: one for each core)', workers)
    .option(
      '--memory <size>',
      `what is kept in memory, such as 2g; the rest goes to temporary files, or waits for another pass (default: ${DEFAULT_MIB}m)`,
      byteCount,
      DEFAULT_MIB * MIB,
    );
}

function workers(text: string): number {
  const count = wholeNumber(text);
  if (count >= 1 && count <= MAX_WORKERS) return count;
  throw new InvalidArgumentError(`It is a number from 1 to ${MAX_WORKERS}.`);
}

/** Reads a size such as `512m` for commander. */
function byteCount(text: string): number {
  const [, number = '', unit = ''] = SIZE.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  if (bytes >= LEAST_BYTES && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('It is a size of 1m or more, such as 512m or 2g.');
}
