import type { FastifyInstance } from 'fastify';
import type { CommandHandler } from '../commands/command-handler.ts';
import { retryCommand } from '../commands/delivery-commands.ts';
import type { Hooks } from '../domain/hooks.ts';
import { BASE_PATH, SCOPES } from '../names.ts';
import type { Database } from '../projection/database.ts';
import { type DeliveryFilter, deliveryPage } from '../projection/listings.ts';
import { shownDelivery } from '../projection/shown.ts';
import { deliveriesAnswer, deliveryAnswer, retriedAnswer } from './answers.ts';
import { emptyBody, idParams } from './formats.ts';
import { sendProblem, unknown } from './problems.ts';
import { runCommand } from './run-command.ts';
import { deliveriesQuery } from './schemas.ts';

export interface DeliveryRouting {
  handler: CommandHandler<Hooks>;
  hooks: Hooks;
  database: Database;
}

interface ById {
  Params: { id: string };
}

const DELIVERIES = `${BASE_PATH}/deliveries`;
const PAGE = 100;
const read = { scope: SCOPES.read };

/** What became of deliveries, and asking for one again. */
export function deliveryRoutes(app: FastifyInstance, routing: DeliveryRouting): void {
  listing(app, routing);
  single(app, routing);
  retry(app, routing);
}

function listing(app: FastifyInstance, { handler, database }: DeliveryRouting): void {
  const schema = {
    summary: 'Deliveries, oldest first',
    querystring: deliveriesQuery,
    answers: { 200: deliveriesAnswer },
  };
  app.get<{ Querystring: DeliveryFilter & { after?: string; limit?: string } }>(
    DELIVERIES,
    { config: read, schema },
    async ({ query }) => {
      await handler.ownWrites();
      const { after, limit, ...filter } = query;
      const page = { after: Number(after ?? 0), limit: Number(limit ?? PAGE) };
      return deliveryPage(database, { filter, ...page });
    },
  );
}

function single(app: FastifyInstance, { handler, hooks }: DeliveryRouting): void {
  const schema = {
    summary: 'A delivery',
    params: idParams,
    answers: { 200: deliveryAnswer },
    problems: [404],
  };
  app.get<ById>(`${DELIVERIES}/:id`, { config: read, schema }, async (request, reply) => {
    await handler.ownWrites();
    const delivery = hooks.delivery(request.params.id);
    if (delivery !== undefined) return shownDelivery(delivery);
    return sendProblem(request, reply, unknown('delivery', request.params.id));
  });
}

function retry(app: FastifyInstance, { handler }: DeliveryRouting): void {
  const schema = {
    summary: 'Try a delivery again, with a whole schedule before it',
    params: idParams,
    body: emptyBody,
    answers: { 200: retriedAnswer },
    problems: [404, 409],
  };
  app.post<ById>(
    `${DELIVERIES}/:id/retry`,
    { config: { scope: SCOPES.write, idempotency: 'optional' }, schema },
    (request, reply) => runCommand(handler, retryCommand(request.params.id), { request, reply }),
  );
}
