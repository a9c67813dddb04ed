import { SERVICE } from '../names.ts';
import { emptyLog, replayed, type ReplayedLog } from './replayed-log.ts';

/** What `fintech verify` compares the live list of received messages with. */
export default {
  name: `${SERVICE}/inbound`,
  events: ['*'],
  initial: emptyLog,
  step: replayed,
  *entries({ messages }: ReplayedLog): Generator<[string, object]> {
    for (const [key, { sentAt, digest, receivedAt }] of messages) {
      yield [key, { sentAt, digest, receivedAt }];
    }
  },
};
