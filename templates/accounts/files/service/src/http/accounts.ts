import type { CommandHandler } from '../commands/command-handler.ts';
import type { Register } from '../domain/register.ts';
import type { ReadModel } from '../projection/read-model.ts';
import type { Tables } from '../projection/tables.ts';

/** What the routes work with. */
export interface Accounts {
  handler: CommandHandler<Register>;
  tables: Tables;
  model: ReadModel;
  /** How long a client may be kept waiting for the ledger. */
  answerWithinMs: number;
}
