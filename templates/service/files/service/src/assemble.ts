import { CommandHandler } from './commands/command-handler.ts';
import { notesDomain } from './commands/take-note.ts';
import { routes } from './http/routes.ts';
import { Database } from './projection/database.ts';
import { ReadModel } from './projection/read-model.ts';
import { Tables } from './projection/tables.ts';
import type { Assembly, Surroundings } from './surroundings.ts';

/** Puts the service together. */
export function assemble(surroundings: Surroundings): Assembly {
  const { environment, store, log, now, decideWithinMs } = surroundings;
  const database = new Database(environment.dataFolder);
  const tables = new Tables(database);
  const model = new ReadModel({ database, log, fold: (event) => tables.fold(event) });
  const domain = notesDomain(tables);
  const handler = new CommandHandler({ store, log: model, domain, now, decideWithinMs });
  return { model, routes: (app) => routes(app, handler, tables), work: [] };
}
