import { CommandHandler } from './commands/command-handler.ts';
import { paymentsDomain } from './commands/payments-domain.ts';
import { readDeadlines } from './deadlines.ts';
import { paymentRoutes } from './http/payment-routes.ts';
import { LEDGER } from './names.ts';
import { Peer } from './platform/peer.ts';
import { Database } from './projection/database.ts';
import { fold } from './projection/fold.ts';
import { ReadModel } from './projection/read-model.ts';
import { Tables } from './projection/tables.ts';
import { Ledger } from './steps/ledger.ts';
import { PaymentSteps } from './steps/payment-steps.ts';
import { runSteps } from './steps/run-steps.ts';
import type { Assembly, Surroundings } from './surroundings.ts';

/** Puts payments together. */
export function assemble(surroundings: Surroundings): Assembly {
  const { environment, store, dispatcher, log, now, decideWithinMs, answerWithinMs } = surroundings;
  const database = new Database(environment.dataFolder);
  const tables = new Tables(database);
  const model = new ReadModel({ database, log, fold: (event) => fold(tables, event) });
  const domain = paymentsDomain(tables);
  const commands = new CommandHandler({ store, log: model, domain, now, decideWithinMs });
  const scope = `${LEDGER}:post ${LEDGER}:read`;
  const ledger = new Ledger(new Peer({ name: LEDGER, scope, environment, dispatcher }));
  const deadlines = readDeadlines(environment.variables);
  const steps = new PaymentSteps({ tables, commands, ledger });
  return {
    model,
    routes: (app) =>
      paymentRoutes(app, { commands, model, payments: tables, deadlines, answerWithinMs }),
    work: [(signal) => runSteps({ steps, model }, { signal, log })],
  };
}
