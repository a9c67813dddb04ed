import type { AppendOutcome, EventStore } from '../contract.ts';

/** What `/metrics` shows of one server. */
export class ServerStats {
  readonly appends: Map<AppendOutcome['kind'], number> = new Map();
  eventsAppended = 0;
  followers = 0;

  countAppend(outcome: AppendOutcome): void {
    this.appends.set(outcome.kind, (this.appends.get(outcome.kind) ?? 0) + 1);
    if (outcome.kind !== 'appended') return;
    for (const { positions } of outcome.writes) this.eventsAppended += positions.length;
  }
}

/** Loads prom-client with the first scrape: most event stores are never scraped. */
export async function exposition(
  stats: ServerStats,
  store: EventStore,
): Promise<() => Promise<{ type: string; text: string }>> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  const appends = new Counter({
    name: 'fintech_events_appends_total',
    help: 'Append requests by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const events = new Counter({
    name: 'fintech_events_appended_total',
    help: 'Events appended.',
    registers,
  });
  const followers = new Gauge({
    name: 'fintech_events_followers',
    help: 'Open follow reads.',
    registers,
  });
  const position = new Gauge({
    name: 'fintech_events_position',
    help: 'Position of the last event since the log was made.',
    registers,
  });
  return async () => {
    registry.resetMetrics();
    for (const [outcome, count] of stats.appends) appends.inc({ outcome }, count);
    events.inc(stats.eventsAppended);
    followers.set(stats.followers);
    position.set((await store.head()).position);
    return { type: registry.contentType, text: await registry.metrics() };
  };
}
