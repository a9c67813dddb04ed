import { CommandHandler } from './commands/command-handler.ts';
import { registerDomain } from './commands/register-domain.ts';
import { commandRoutes } from './http/command-routes.ts';
import { queryRoutes } from './http/query-routes.ts';
import { LEDGER } from './names.ts';
import { Peer } from './platform/peer.ts';
import { Database } from './projection/database.ts';
import { fold } from './projection/fold.ts';
import { ReadModel } from './projection/read-model.ts';
import { Tables } from './projection/tables.ts';
import { changeSteps } from './steps/change-steps.ts';
import { runSteps } from './steps/run-steps.ts';
import type { Assembly, Surroundings } from './surroundings.ts';

/** How long a client may be kept waiting for the ledger. */
const ANSWER_WITHIN_MS = 5000;

/** Puts the service together. */
export function assemble(surroundings: Surroundings): Assembly {
  const { environment, store, dispatcher, log, now, decideWithinMs } = surroundings;
  const { answerWithinMs = ANSWER_WITHIN_MS } = surroundings;
  const database = new Database(environment.dataFolder);
  const tables = new Tables(database);
  const model = new ReadModel({ database, log, fold: (event) => fold(tables, event) });
  const domain = registerDomain(tables);
  const handler = new CommandHandler({ store, log: model, domain, now, decideWithinMs });
  const scope = `${LEDGER}:post`;
  const ledger = new Peer({ name: LEDGER, scope, environment, dispatcher });
  const steps = changeSteps(tables, { ledger, handler });
  const accounts = { handler, tables, model, answerWithinMs };
  return {
    model,
    routes(app) {
      commandRoutes(app, accounts);
      queryRoutes(app, accounts);
    },
    work: [(signal) => runSteps({ steps, model }, { signal, log })],
  };
}
