import { CommandHandler } from './commands/command-handler.ts';
import { expireHolds } from './commands/expire-holds.ts';
import { ledgerDomain } from './commands/ledger-domain.ts';
import { commandRoutes } from './http/command-routes.ts';
import { queryRoutes } from './http/query-routes.ts';
import { Database } from './projection/database.ts';
import { fold } from './projection/fold.ts';
import { ReadModel } from './projection/read-model.ts';
import { Tables } from './projection/tables.ts';
import type { Assembly, Surroundings } from './surroundings.ts';

/** Puts the ledger together. */
export function assemble(surroundings: Surroundings): Assembly {
  const { environment, store, log, now, decideWithinMs } = surroundings;
  const database = new Database(environment.dataFolder);
  const tables = new Tables(database);
  const model = new ReadModel({ database, log, fold: (event) => fold(tables, event) });
  const domain = ledgerDomain(tables);
  const ledger = new CommandHandler({ store, log: model, domain, now, decideWithinMs });
  return {
    model,
    routes(app) {
      commandRoutes(app, ledger);
      queryRoutes(app, { ledger, books: tables, database, model });
    },
    work: [(signal) => expireHolds({ ledger, holds: tables }, { signal, log })],
  };
}
