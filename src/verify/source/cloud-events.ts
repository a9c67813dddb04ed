import type { LogProfile } from '../facts.ts';
import { readEvent } from '../reading/read-event.ts';
import { DEFAULT_VOCABULARY } from '../vocabulary/default.ts';
import type { Reading } from './source.ts';

/** What our own event store promises. */
export const GAPLESS_LOG: LogProfile = {
  cloudEvents: true,
  typed: true,
  order: 'gapless',
  firstRevision: 0,
  redelivers: false,
  startsInMiddle: false,
};

/** CloudEvents in the default vocabulary, as our event store serves them. */
export const CLOUD_EVENTS: Reading = {
  readEvent,
  profile: GAPLESS_LOG,
  vocabulary: DEFAULT_VOCABULARY,
};
