import { SERVICE } from '../names.ts';
import { shownDelivery } from '../projection/shown.ts';
import { emptyLog, replayed, type ReplayedLog } from './replayed-log.ts';

/** What `fintech verify` compares the live deliveries with. */
export default {
  name: `${SERVICE}/deliveries`,
  events: ['*'],
  initial: emptyLog,
  step: replayed,
  *entries({ deliveries }: ReplayedLog): Generator<[string, object]> {
    for (const [id, delivery] of deliveries) yield [id, shownDelivery(delivery)];
  },
};
