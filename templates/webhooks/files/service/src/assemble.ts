import type { FastifyInstance } from 'fastify';
import { CommandHandler } from './commands/command-handler.ts';
import { hooksDomain } from './commands/hooks-domain.ts';
import { Courier } from './delivery/courier.ts';
import { deliverDue } from './delivery/deliver-due.ts';
import { targetAgent } from './delivery/targets.ts';
import { LIMITS, Turns } from './delivery/turns.ts';
import { deliveryRoutes } from './http/delivery-routes.ts';
import { endpointRoutes } from './http/endpoint-routes.ts';
import { inboundRoute } from './http/inbound-route.ts';
import { sourceRoutes } from './http/source-routes.ts';
import { Database } from './projection/database.ts';
import { fold } from './projection/fold.ts';
import { Outbox } from './projection/outbox.ts';
import { ReadModel } from './projection/read-model.ts';
import { Tables } from './projection/tables.ts';
import { readSettings } from './settings.ts';
import type { Assembly, Surroundings } from './surroundings.ts';

/** Puts webhooks together: what comes in by requests, and what goes out beside them. */
export function assemble(surroundings: Surroundings): Assembly {
  const { environment, store, log, now = () => new Date(), decideWithinMs } = surroundings;
  const { dataFolder, variables } = environment;
  const { keyring, pausesS, timeoutMs, publicOnly } = readSettings(variables, dataFolder);
  const database = new Database(dataFolder);
  const tables = new Tables(database);
  const outbox = new Outbox(database);
  const model = new ReadModel({ database, log, fold: (event) => fold({ tables, outbox }, event) });
  const domain = hooksDomain(tables);
  const handler = new CommandHandler({ store, log: model, domain, now, decideWithinMs });
  const shared = { handler, hooks: tables, database, keyring, now };

  const deliver = async (signal: AbortSignal) => {
    const dispatcher = targetAgent({ publicOnly, connections: LIMITS.inAll });
    const courier = new Courier({ ...shared, outbox, dispatcher, pausesS, timeoutMs });
    const turns = new Turns({ outbox, keyring, log });
    await deliverDue({ courier, turns, model, store, now }, { signal, log });
    await dispatcher.destroy();
  };
  return {
    model,
    routes(app: FastifyInstance) {
      endpointRoutes(app, { ...shared, rules: { publicOnly } });
      deliveryRoutes(app, shared);
      sourceRoutes(app, shared);
      inboundRoute(app, shared);
    },
    work: [deliver],
  };
}
