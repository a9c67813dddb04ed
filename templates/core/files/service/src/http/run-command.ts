import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Command } from '../commands/command.ts';
import type { Call, CommandHandler, Result } from '../commands/command-handler.ts';
import { newTraceparent } from '../platform/trace.ts';
import { callerOf } from './guard.ts';
import { idempotencyOf } from './idempotency-key.ts';
import { type ProblemText, sendProblem } from './problems.ts';

/** How a command ended that is done by steps. */
export type Outcome = { status: number; body: object } | ProblemText;

export interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
  /** Path of what was made. */
  locate?: (resourceId: string) => string;
  /**
   * What to answer instead, once the steps that the command set off have ended, or had time to.
   * Given the resource and the status that the command has earned by itself.
   */
  outcome?: (resourceId: string, status: number) => Promise<Outcome>;
}

/** Executes a command and says how it went. */
export async function runCommand<View>(
  handler: CommandHandler<View>,
  command: Command<View>,
  exchange: Exchange,
): Promise<FastifyReply> {
  const { request, reply, locate } = exchange;
  const result = await handler.execute(command, callOf(request));
  if (result.kind === 'key-reused') {
    const detail = 'this Idempotency-Key was used for another request';
    return sendProblem(request, reply, { status: 422, code: 'idempotency-key-reused', detail });
  }
  if (result.replayed) void reply.header('idempotency-replayed', 'true');
  if (result.kind === 'refused') {
    return sendProblem(request, reply, { status: result.status, ...result.refusal });
  }
  const outcome = await outcomeOf(result, exchange);
  if ('code' in outcome) return sendProblem(request, reply, outcome);
  if (locate !== undefined) void reply.header('location', locate(result.resourceId));
  return reply.code(outcome.status).send(outcome.body);
}

async function outcomeOf(
  { status, resourceId, answer }: Result & { kind: 'done' },
  { outcome }: Exchange,
): Promise<Outcome> {
  return outcome === undefined ? { status, body: answer } : outcome(resourceId, status);
}

/** Who asks, in which trace, under which key. */
function callOf(request: FastifyRequest): Call {
  const { subject, clientId } = callerOf(request);
  return {
    origin: {
      authtype: subject === clientId ? 'service_account' : 'user',
      authid: subject,
      traceparent: newTraceparent(request.id),
    },
    idempotency: idempotencyOf(request, clientId),
  };
}
