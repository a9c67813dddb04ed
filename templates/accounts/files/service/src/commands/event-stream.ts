import type { DomainEvent } from '../domain/events.ts';
import { streams } from '../names.ts';

/** The stream that an event goes to: all that happens to an account stands in one. */
export function streamOf({ data }: DomainEvent): string {
  return streams.account(data.accountId);
}
