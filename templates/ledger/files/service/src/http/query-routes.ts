import type { FastifyInstance } from 'fastify';
import type { CommandHandler } from '../commands/command-handler.ts';
import { transactionAnswer } from '../commands/transaction-commands.ts';
import { type Account, available, hasFloor } from '../domain/account.ts';
import type { Books } from '../domain/books.ts';
import { BASE_PATH, SCOPES } from '../names.ts';
import type { Database } from '../projection/database.ts';
import type { ReadModel } from '../projection/read-model.ts';
import { exactSum, statement, trialBalance } from '../projection/reports.ts';
import {
  accountAnswer,
  holdAnswer,
  statementAnswer,
  transactionWithReversal,
  trialBalanceAnswer,
} from './answers.ts';
import { idParams } from './formats.ts';
import { sendProblem, unknown } from './problems.ts';
import { statementQuery, trialBalanceQuery } from './schemas.ts';

interface ById {
  Params: { id: string };
}

export interface Queries {
  ledger: CommandHandler<Books>;
  books: Books;
  database: Database;
  model: ReadModel;
}

const PAGE = 100;
const config = { scope: SCOPES.read };
const problems = [404];

/** Everything that only looks. */
export function queryRoutes(app: FastifyInstance, queries: Queries): void {
  accountQueries(app, queries);
  lookups(app, queries);
  reports(app, queries);
}

function accountQueries(app: FastifyInstance, { books, ledger, database }: Queries): void {
  app.get<ById>(
    `${BASE_PATH}/accounts/:id`,
    {
      config,
      schema: {
        summary: 'An account and its balance',
        params: idParams,
        answers: { 200: accountAnswer },
        problems,
      },
    },
    async (request, reply) => {
      await ledger.ownWrites();
      const account = books.account(request.params.id);
      if (account !== undefined) return accountBody(account);
      return sendProblem(request, reply, unknown('account', request.params.id));
    },
  );
  const schema = {
    summary: 'What moved an account, oldest first',
    params: idParams,
    querystring: statementQuery,
    answers: { 200: statementAnswer },
    problems,
  };
  app.get<ById & { Querystring: { after?: string; limit?: string } }>(
    `${BASE_PATH}/accounts/:id/statement`,
    { config, schema },
    async (request, reply) => {
      await ledger.ownWrites();
      const { params, query } = request;
      const account = books.account(params.id);
      if (account === undefined) {
        return sendProblem(request, reply, unknown('account', params.id));
      }
      const { accountId, currency, balance } = account;
      const page = { after: Number(query.after ?? 0), limit: Number(query.limit ?? PAGE) };
      return { accountId, currency, balance, ...statement(database, { accountId, ...page }) };
    },
  );
}

function lookups(app: FastifyInstance, { books, ledger }: Queries): void {
  app.get<ById>(
    `${BASE_PATH}/transactions/:id`,
    {
      config,
      schema: {
        summary: 'A transaction',
        params: idParams,
        answers: { 200: transactionWithReversal },
        problems,
      },
    },
    async (request, reply) => {
      await ledger.ownWrites();
      const { id } = request.params;
      const transaction = books.transaction(id);
      if (transaction === undefined) {
        return sendProblem(request, reply, unknown('transaction', id));
      }
      const { reversedBy } = transaction;
      const posted = transactionAnswer(books, id);
      return reversedBy === undefined ? posted : { ...posted, reversedBy };
    },
  );
  app.get<ById>(
    `${BASE_PATH}/holds/:id`,
    {
      config,
      schema: { summary: 'A hold', params: idParams, answers: { 200: holdAnswer }, problems },
    },
    async (request, reply) => {
      await ledger.ownWrites();
      const hold = books.hold(request.params.id);
      if (hold === undefined) {
        return sendProblem(request, reply, unknown('hold', request.params.id));
      }
      return { ...hold.placed, status: hold.status, ...(hold.taken && { taken: hold.taken }) };
    },
  );
}

function reports(app: FastifyInstance, { model, ledger, database }: Queries): void {
  app.get<{ Querystring: { after?: string; limit?: string } }>(
    `${BASE_PATH}/trial-balance`,
    {
      config,
      schema: {
        summary: 'Debits against credits',
        querystring: trialBalanceQuery,
        answers: { 200: trialBalanceAnswer },
      },
    },
    async ({ query }) => {
      await ledger.ownWrites();
      const { position } = model;
      const page = { after: query.after ?? '', limit: Number(query.limit ?? PAGE) };
      return trialBalance(database, { position, ...page });
    },
  );
}

function accountBody(account: Account): object {
  const { accountId, currency, kind, overdraft, status, balance, held } = account;
  const figures = { accountId, currency, kind, overdraft, status, balance, held };
  return hasFloor(kind) ? { ...figures, available: exactSum(available(account)) } : figures;
}
