import type { Verb } from './verb.ts';

const WHOLE_LOG = {
  stream: undefined,
  type: undefined,
  from: undefined,
  limit: undefined,
  backward: false,
};

export const verb: Verb<undefined, null> = {
  examples: ['fintech events export > log.ndjson', 'fintech events export | gzip > log.ndjson.gz'],
  dataSchema: null,
  configure: () => {},
  input: () => undefined,
  run: async (context) => (await import('../app/events.ts')).readEventLog(context, WHOLE_LOG),
  present: () => undefined,
};
