import { createHash } from 'node:crypto';
import type { Secrets } from './secret.ts';

/** Somebody who sends webhooks to us. */
export interface Source {
  source: string;
  secrets: Secrets;
}

/** What was received of a source under one `webhook-id`. */
export interface Message {
  source: string;
  messageId: string;
  sentAt: string;
  digest: string;
}

/** Names a message in our own words: an id of somebody else's may hold what no stream's name may. */
export function inboundId({ source, messageId }: { source: string; messageId: string }): string {
  return `${source}-${createHash('sha256').update(messageId).digest('hex')}`;
}
