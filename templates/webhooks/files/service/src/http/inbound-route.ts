import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Call, CommandHandler } from '../commands/command-handler.ts';
import { receiveCommand } from '../commands/source-commands.ts';
import type { Hooks } from '../domain/hooks.ts';
import { BASE_PATH } from '../names.ts';
import { newTraceparent } from '../platform/trace.ts';
import type { Keyring } from '../signing/keyring.ts';
import { receivedAnswer } from './answers.ts';
import { openMessage, readMessage } from './inbound-message.ts';
import { type ProblemText, sendProblem, unknown } from './problems.ts';
import { messageBody, messageHeaders, sourceParams } from './schemas.ts';

export interface InboundRouting {
  handler: CommandHandler<Hooks>;
  hooks: Hooks;
  keyring: Keyring;
  now: () => Date;
}

interface FromSource {
  Params: { source: string };
}

/** Open to everybody: whoever calls proves by a signature who it is. */
export function inboundRoute(app: FastifyInstance, routing: InboundRouting): void {
  const schema = {
    summary: 'Receive a webhook (Standard Webhooks 1.0.0), signed with the secret of its source',
    params: sourceParams,
    headers: messageHeaders,
    rawBody: messageBody,
    answers: { 200: receivedAnswer, 202: receivedAnswer },
    problems: [401, 404, 409, 413, 415, 503],
  };
  // A signature covers bytes, so this route alone takes them as they come.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    scope.post<FromSource>(
      `${BASE_PATH}/inbound/:source`,
      { config: { open: true }, schema },
      (request, reply) => receive(request, reply, routing),
    );
  });
}

async function receive(
  request: FastifyRequest<FromSource>,
  reply: FastifyReply,
  { handler, hooks, keyring, now }: InboundRouting,
): Promise<FastifyReply> {
  const { source } = request.params;
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const message = readMessage(request.headers, body);
  const keys = keysOf(source, { hooks, keyring, nowMs: now().getTime() });
  if ('code' in keys) return sendProblem(request, reply, keys);
  const received = openMessage(message, { source, keys, nowMs: now().getTime() });
  if ('code' in received) return sendProblem(request, reply, received);
  const result = await handler.execute(receiveCommand(received), callOf(source, request));
  if (result.kind === 'key-reused') throw new Error('no key was sent');
  if (result.kind === 'refused') {
    return sendProblem(request, reply, { status: result.status, ...result.refusal });
  }
  const duplicate = result.status === 200;
  return reply.code(duplicate ? 200 : 202).send({ duplicate });
}

function keysOf(
  source: string,
  { hooks, keyring, nowMs }: { hooks: Hooks; keyring: Keyring; nowMs: number },
): readonly Buffer[] | ProblemText {
  const known = hooks.source(source);
  if (known === undefined && !keyring.isDictated(source)) return unknown('source', source);
  const keys = keyring.ofSource(source, known, nowMs);
  const detail = `the secret of ${source} is of another master key`;
  return keys ?? { status: 503, code: 'key-missing', detail };
}

/** Who calls is whoever holds the secret of the source. */
function callOf(source: string, { id }: FastifyRequest): Call {
  const traceparent = newTraceparent(id);
  const origin = { authtype: 'service_account', authid: source, traceparent } as const;
  return { origin, idempotency: undefined };
}
