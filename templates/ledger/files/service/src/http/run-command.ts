import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Command } from '../commands/command.ts';
import type { Ledger } from '../commands/ledger.ts';
import { newTraceparent } from '../platform/trace.ts';
import { callerOf } from './guard.ts';
import { idempotencyOf } from './idempotency-key.ts';
import { refusalProblem, sendProblem } from './problems.ts';

/** Executes a command and says how it went. */
export async function runCommand(
  ledger: Ledger,
  command: Command,
  { request, reply, locate }: Exchange,
): Promise<FastifyReply> {
  const caller = callerOf(request);
  const result = await ledger.execute(command, {
    origin: {
      authtype: caller.subject === caller.clientId ? 'service_account' : 'user',
      authid: caller.subject,
      traceparent: newTraceparent(request.id),
    },
    idempotency: idempotencyOf(request, caller.clientId),
  });
  if (result.kind === 'key-reused') {
    const detail = 'this Idempotency-Key was used for another request';
    return sendProblem(request, reply, { status: 422, code: 'idempotency-key-reused', detail });
  }
  if (result.replayed) void reply.header('idempotency-replayed', 'true');
  if (result.kind === 'refused') {
    return sendProblem(request, reply, refusalProblem(result.status, result.refusal));
  }
  if (locate !== undefined) void reply.header('location', locate(result.resourceId));
  return reply.code(result.status).send(result.answer);
}

export interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
  /** Path of what was made. */
  locate?: (resourceId: string) => string;
}
