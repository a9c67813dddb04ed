import type { Source } from '../source/source.ts';

/** The same log, of which each event stands in the partition named here, with positions that rise. */
export function inPartitions(source: Source, partitions: readonly string[]): Source {
  const { reading } = source;
  return {
    ...source,
    reading: {
      ...reading,
      profile: { ...reading.profile, order: 'increasing' },
      readEvent: (node, log, line) => ({
        ...reading.readEvent(node, log, line),
        partition: partitions[line - 1],
      }),
    },
  };
}
