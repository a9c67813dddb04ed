import { type Command, InvalidArgumentError } from 'commander';
import type { ReplayInput } from '../app/replay.ts';
import { FintechError } from '../kernel/errors.ts';
import { type LedgerReport, ledgerReportSchema } from '../model/ledger-report.ts';
import { addMapOptions, type MapFlags, mapInputOf } from './map-options.ts';
import { instant } from './options.ts';
import { presentLedger } from './replay-view.ts';
import type { Verb } from './verb.ts';

interface Flags extends MapFlags {
  position?: bigint;
  at?: number;
}

export const verb: Verb<ReplayInput, LedgerReport> = {
  examples: [
    'fintech replay',
    'fintech replay log.ndjson --position 1200',
    'fintech replay --at 2027-01-01T12:00Z --json',
  ],
  configure(command: Command): void {
    addMapOptions(command)
      .argument('[source...]', "files, 'globs', - for stdin, sandbox; as for verify")
      .option('--position <n>', 'as of this position, or line where the log has none', position)
      .option('--at <time>', 'as of this time: what was recorded by then', instant);
  },
  input(command: Command): ReplayInput {
    const flags = command.optsWithGlobals<Flags>();
    const { position: last, at } = flags;
    if (last !== undefined && at !== undefined) {
      throw new FintechError('USAGE_INVALID', '--position and --at both say when', {
        hint: 'Give one of them.',
      });
    }
    const input = { sources: command.args, ...mapInputOf(flags) };
    if (last !== undefined) return { ...input, asOf: { to: 'position', position: last } };
    if (at !== undefined) return { ...input, asOf: { to: 'time', timeMs: at } };
    return { ...input, asOf: { to: 'end' } };
  },
  run: async (context, input) => (await import('../app/replay.ts')).replayLedger(context, input),
  present: presentLedger,
  dataSchema: ledgerReportSchema,
};

function position(text: string): bigint {
  if (!/^\d{1,20}$/.test(text)) throw new InvalidArgumentError('It is a position from 0.');
  return BigInt(text);
}
