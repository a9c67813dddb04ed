import { isStoreAttribute } from '../../model/event.ts';
import type { VerifyConfig } from '../../model/verify-config.ts';
import { CLOUD_EVENTS } from '../source/cloud-events.ts';
import type { Source } from '../source/source.ts';
import type { StoredEvent } from './log-writer.ts';
import { SILENT_VOCABULARY } from '../vocabulary/silent.ts';
import { memorySource } from './verify-bytes.ts';

/** What `verify.outbox` says of a log and the topic that is published from it. */
export const OUTBOX: VerifyConfig = {
  outbox: { committed: 'log.ndjson', published: 'topic.ndjson' },
};

/** The events as a relay publishes them, in the order of the log. */
export function publishedOf(events: readonly StoredEvent[]): object[] {
  return events.map((event) =>
    Object.fromEntries(Object.entries(event).filter(([name]) => !isStoreAttribute(name))),
  );
}

/** A topic: without positions, and told again of what happened, so that no fact is in it twice. */
export function topicSource(published: Buffer): Source {
  return {
    ...memorySource('topic.ndjson', [published]),
    reading: {
      ...CLOUD_EVENTS,
      profile: { ...CLOUD_EVENTS.profile, order: 'none', firstRevision: undefined },
      vocabulary: SILENT_VOCABULARY,
    },
  };
}
