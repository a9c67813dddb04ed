import type { Command } from 'commander';
import type { ReplayInput } from '../app/replay.ts';
import { FintechError } from '../kernel/errors.ts';
import {
  type LedgerReport,
  ledgerReportSchema,
  type ProjectionReport,
  projectionReportSchema,
} from '../model/ledger-report.ts';
import { addMapOptions, type MapFlags, mapInputOf } from './map-options.ts';
import { instant, position } from './options.ts';
import { presentLedger } from './replay-view.ts';
import type { Verb } from './verb.ts';

interface Flags extends MapFlags {
  position?: bigint;
  at?: number;
  projection?: string;
}

export const verb: Verb<ReplayInput, LedgerReport | ProjectionReport> = {
  examples: [
    'fintech replay',
    'fintech replay log.ndjson --position 1200',
    'fintech replay --at 2027-01-01T12:00Z --json',
    'fintech replay --projection balances > balances.ndjson',
  ],
  configure(command: Command): void {
    addMapOptions(command)
      .argument('[source...]', "files, 'globs', - for stdin, sandbox; as for verify")
      .option('--position <n>', 'as of this position, or line where the log has none', position)
      .option('--at <time>', 'as of this time: what was recorded by then', instant)
      .option(
        '--projection <name>',
        'as NDJSON: balances, holds, payments, or one of verify.projections',
      );
  },
  input(command: Command): ReplayInput {
    const flags = command.optsWithGlobals<Flags>();
    const { position: last, at, projection } = flags;
    if (last !== undefined && at !== undefined) {
      throw new FintechError('USAGE_INVALID', '--position and --at both say when', {
        hint: 'Give one of them.',
      });
    }
    return { sources: command.args, ...mapInputOf(flags), asOf: asOf(last, at), projection };
  },
  run: async (context, input) => (await import('../app/replay.ts')).replay(context, input),
  present: (data, style) =>
    'entries' in data ? presentProjection(data) : presentLedger(data, style),
  dataSchema: { anyOf: [ledgerReportSchema, projectionReportSchema] },
};

function asOf(last: bigint | undefined, at: number | undefined): ReplayInput['asOf'] {
  if (last !== undefined) return { to: 'position', position: last };
  return at === undefined ? { to: 'end' } : { to: 'time', timeMs: at };
}

/** As a service gives its own: what `verify --read-model` reads. */
function presentProjection({ position: at, entries }: ProjectionReport): string {
  return [{ position: at }, ...entries].map((line) => JSON.stringify(line)).join('\n');
}
