import type { LogConfig } from '../../model/verify-config.ts';
import type { LogProfile } from '../facts.ts';

/** One saying about a log; `cloudevents` takes back every envelope said before it. */
export type LogSaying = LogConfig | 'cloudevents' | undefined;

/** What several places say of one log; what is said later wins, key by key. */
export function mergedLog(sayings: readonly LogSaying[]): LogConfig {
  const merged: LogConfig = {};
  for (const saying of sayings) {
    if (saying === 'cloudevents') {
      delete merged.envelope;
      delete merged.decode;
    } else if (saying !== undefined) {
      const { envelope, decode } = merged;
      Object.assign(merged, saying);
      if (saying.envelope) merged.envelope = { ...envelope, ...saying.envelope };
      if (saying.decode) merged.decode = { ...decode, ...saying.decode };
    }
  }
  return merged;
}

export function profileOf(
  { order = 'gapless', revisions = { from: 0 }, duplicates, starts }: LogConfig,
  { cloudEvents, typed }: Pick<LogProfile, 'cloudEvents' | 'typed'>,
): LogProfile {
  return {
    cloudEvents,
    typed,
    order,
    firstRevision: revisions === 'none' ? undefined : revisions.from,
    redelivers: duplicates === 'identical',
    startsInMiddle: starts === 'middle',
  };
}
