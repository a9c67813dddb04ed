import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { CommandHandler } from '../commands/command-handler.ts';
import {
  changeEndpointCommand,
  type EndpointChange,
  type NewEndpoint,
  registerEndpointCommand,
  replayCommand,
  rotateEndpointSecretCommand,
} from '../commands/endpoint-commands.ts';
import type { Hooks } from '../domain/hooks.ts';
import type { TargetRules } from '../domain/target.ts';
import { BASE_PATH, SCOPES } from '../names.ts';
import type { Database } from '../projection/database.ts';
import { endpointPage } from '../projection/listings.ts';
import { shownEndpoint } from '../projection/shown.ts';
import type { Keyring } from '../signing/keyring.ts';
import {
  endpointAnswer,
  endpointChangedAnswer,
  endpointRotatedAnswer,
  endpointsAnswer,
  registeredAnswer,
  replayAnswer,
} from './answers.ts';
import { emptyBody, idParams } from './formats.ts';
import { sendProblem, unknown } from './problems.ts';
import { runCommand } from './run-command.ts';
import { endpointsQuery, registerBody, replayBody, rotateBody } from './schemas.ts';

export interface EndpointRouting {
  handler: CommandHandler<Hooks>;
  hooks: Hooks;
  database: Database;
  keyring: Keyring;
  rules: TargetRules;
}

interface ById {
  Params: { id: string };
}

const ENDPOINTS = `${BASE_PATH}/endpoints`;
export const DAY_S = 86_400;
const DEFAULT_TYPES = ['payments.*'];
const PAGE = 100;
const write = { scope: SCOPES.write, idempotency: 'optional' } as const;
const read = { scope: SCOPES.read };

/** Where deliveries go. */
export function endpointRoutes(app: FastifyInstance, routing: EndpointRouting): void {
  registration(app, routing);
  secretRotation(app, routing);
  changes(app, routing);
  replays(app, routing);
  queries(app, routing);
}

function registration(app: FastifyInstance, { handler, keyring, rules }: EndpointRouting): void {
  const schema = {
    summary: 'Register an endpoint; its secret is shown this once',
    body: registerBody,
    answers: { 200: registeredAnswer, 201: registeredAnswer },
    problems: [409],
  };
  app.post<{ Body: Pick<NewEndpoint, 'url'> & Partial<NewEndpoint> }>(
    ENDPOINTS,
    { config: write, schema },
    (request, reply) => {
      const defaults = { endpointId: randomUUID(), eventTypes: DEFAULT_TYPES };
      const wanted = { ...defaults, ...request.body };
      return runCommand(handler, registerEndpointCommand(wanted, { keyring, rules }), {
        request,
        reply,
        locate: (id) => `${ENDPOINTS}/${id}`,
      });
    },
  );
}

function secretRotation(app: FastifyInstance, { handler, keyring }: EndpointRouting): void {
  const schema = {
    summary: 'Make a new secret; those before it sign beside it for a while',
    params: idParams,
    body: rotateBody,
    answers: { 200: endpointRotatedAnswer },
    problems: [404],
  };
  app.post<ById & { Body: { overlapS?: number } }>(
    `${ENDPOINTS}/:id/rotate-secret`,
    { config: write, schema },
    (request, reply) => {
      const { overlapS = DAY_S } = request.body;
      const command = rotateEndpointSecretCommand(request.params.id, { overlapS, keyring });
      return runCommand(handler, command, { request, reply });
    },
  );
}

function changes(app: FastifyInstance, { handler }: EndpointRouting): void {
  const summaries: Readonly<Record<EndpointChange, string>> = {
    disable: 'Stop deliveries to an endpoint; they wait',
    enable: 'Go on with deliveries to an endpoint',
  };
  for (const change of ['disable', 'enable'] as const) {
    const schema = {
      summary: summaries[change],
      params: idParams,
      body: emptyBody,
      answers: { 200: endpointChangedAnswer },
      problems: [404, 409],
    };
    app.post<ById>(`${ENDPOINTS}/:id/${change}`, { config: write, schema }, (request, reply) =>
      runCommand(handler, changeEndpointCommand(change, request.params.id), { request, reply }),
    );
  }
}

function replays(app: FastifyInstance, { handler }: EndpointRouting): void {
  const schema = {
    summary: 'Deliver again what was delivered or given up, under the same ids',
    params: idParams,
    body: replayBody,
    answers: { 200: replayAnswer },
    problems: [404, 422],
  };
  app.post<ById & { Body: { afterPosition?: string; upToPosition?: string } }>(
    `${ENDPOINTS}/:id/replay`,
    { config: write, schema },
    (request, reply) => {
      const { afterPosition, upToPosition } = request.body;
      const command = replayCommand({
        endpointId: request.params.id,
        ...(afterPosition !== undefined && { afterPosition: Number(afterPosition) }),
        ...(upToPosition !== undefined && { upToPosition: Number(upToPosition) }),
      });
      return runCommand(handler, command, { request, reply });
    },
  );
}

function queries(app: FastifyInstance, { handler, hooks, database }: EndpointRouting): void {
  const listSchema = {
    summary: 'Endpoints, by id',
    querystring: endpointsQuery,
    answers: { 200: endpointsAnswer },
  };
  app.get<{ Querystring: { after?: string; limit?: string } }>(
    ENDPOINTS,
    { config: read, schema: listSchema },
    async ({ query }) => {
      await handler.ownWrites();
      return endpointPage(database, {
        after: query.after ?? '',
        limit: Number(query.limit ?? PAGE),
      });
    },
  );
  const schema = {
    summary: 'An endpoint, without its secret',
    params: idParams,
    answers: { 200: endpointAnswer },
    problems: [404],
  };
  app.get<ById>(`${ENDPOINTS}/:id`, { config: read, schema }, async (request, reply) => {
    await handler.ownWrites();
    const endpoint = hooks.endpoint(request.params.id);
    if (endpoint !== undefined) return shownEndpoint(endpoint);
    return sendProblem(request, reply, unknown('endpoint', request.params.id));
  });
}
