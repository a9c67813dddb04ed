import type { FastifyInstance } from 'fastify';
import type { CommandHandler } from '../commands/command-handler.ts';
import { addSourceCommand, rotateSourceSecretCommand } from '../commands/source-commands.ts';
import type { Hooks } from '../domain/hooks.ts';
import { BASE_PATH, SCOPES } from '../names.ts';
import type { Keyring } from '../signing/keyring.ts';
import { sourceAnswer, sourceRotatedAnswer } from './answers.ts';
import { DAY_S } from './endpoint-routes.ts';
import { runCommand } from './run-command.ts';
import { addSourceBody, rotateBody, sourceParams } from './schemas.ts';

export interface SourceRouting {
  handler: CommandHandler<Hooks>;
  keyring: Keyring;
}

const SOURCES = `${BASE_PATH}/sources`;
const config = { scope: SCOPES.write, idempotency: 'optional' } as const;

/** Who may send webhooks to us. */
export function sourceRoutes(app: FastifyInstance, { handler, keyring }: SourceRouting): void {
  const adding = {
    summary: 'Add somebody who sends webhooks to us; the secret is shown this once',
    body: addSourceBody,
    answers: { 200: sourceAnswer, 201: sourceAnswer },
    problems: [409],
  };
  app.post<{ Body: { source: string } }>(SOURCES, { config, schema: adding }, (request, reply) =>
    runCommand(handler, addSourceCommand(request.body.source, keyring), { request, reply }),
  );
  const rotating = {
    summary: 'Make a new secret; those before it are taken beside it for a while',
    params: sourceParams,
    body: rotateBody,
    answers: { 200: sourceRotatedAnswer },
    problems: [404, 409],
  };
  app.post<{ Params: { source: string }; Body: { overlapS?: number } }>(
    `${SOURCES}/:source/rotate-secret`,
    { config, schema: rotating },
    (request, reply) => {
      const { overlapS = DAY_S } = request.body;
      const command = rotateSourceSecretCommand(request.params.source, { overlapS, keyring });
      return runCommand(handler, command, { request, reply });
    },
  );
}
