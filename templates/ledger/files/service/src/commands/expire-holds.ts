import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Books } from '../domain/books.ts';
import { SERVICE } from '../names.ts';
import { newTraceparent } from '../platform/trace.ts';
import { expireHoldCommand } from './hold-commands.ts';
import type { CommandHandler } from './command-handler.ts';

export interface ExpiringHolds {
  /** Ids of at most `limit` pending holds whose time is up. */
  overdueHolds(nowMs: number, limit: number): string[];
}

const EVERY_MS = 1000;
const AT_ONCE = 100;

/**
 * Frees what nobody claimed in time. Several instances may do so at once: the hold's revision
 * lets one of them through, the others find it resolved.
 */
export async function expireHolds(
  { ledger, holds }: { ledger: CommandHandler<Books>; holds: ExpiringHolds },
  { signal, log }: { signal: AbortSignal; log: FastifyBaseLogger },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await sleep(EVERY_MS, undefined, { signal, ref: false });
      for (const holdId of holds.overdueHolds(Date.now(), AT_ONCE)) {
        const origin = { authtype: 'system', authid: SERVICE } as const;
        const traceparent = newTraceparent();
        const call = { origin: { ...origin, traceparent }, idempotency: undefined };
        await ledger.execute(expireHoldCommand(holdId), call);
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'holds could not be expired; trying again');
    }
  }
}
