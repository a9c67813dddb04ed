import { SERVICE } from '../names.ts';
import { shownEndpoint } from '../projection/shown.ts';
import { emptyLog, replayed, type ReplayedLog } from './replayed-log.ts';

/** What `fintech verify` compares the live endpoints with. */
export default {
  name: `${SERVICE}/endpoints`,
  events: ['*'],
  initial: emptyLog,
  step: replayed,
  *entries({ endpoints }: ReplayedLog): Generator<[string, object]> {
    for (const [id, endpoint] of endpoints) yield [id, shownEndpoint(endpoint)];
  },
};
