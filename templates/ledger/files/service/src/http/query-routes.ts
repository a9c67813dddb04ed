import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Ledger } from '../commands/ledger.ts';
import { transactionAnswer } from '../commands/transaction-commands.ts';
import { type Account, available, hasFloor } from '../domain/account.ts';
import { BASE_PATH, SCOPES } from '../names.ts';
import type { ReadModel } from '../projection/read-model.ts';
import { exactSum, statement, trialBalance } from '../projection/reports.ts';
import { isProjection, snapshot } from '../projection/snapshot.ts';
import { sendProblem } from './problems.ts';
import { idParams, statementQuery, trialBalanceQuery } from './schemas.ts';

interface ById {
  Params: { id: string };
}

export interface Queries {
  ledger: Ledger;
  model: ReadModel;
  dataFolder: string;
}

const OWN_WRITES_MS = 1000;
const PAGE = 100;
const config = { scope: SCOPES.read };

/** Everything that only looks. */
export function queryRoutes(app: FastifyInstance, queries: Queries): void {
  accountQueries(app, queries);
  lookups(app, queries);
  reports(app, queries);
}

function accountQueries(app: FastifyInstance, { model, ledger }: Queries): void {
  app.get<ById>(
    `${BASE_PATH}/accounts/:id`,
    { config, schema: { summary: 'An account and its balance', params: idParams } },
    async (request, reply) => {
      await ownWrites(model, ledger);
      const account = model.account(request.params.id);
      if (account !== undefined) return accountBody(account);
      return sendProblem(request, reply, unknown('account', request.params.id));
    },
  );
  const schema = {
    summary: 'What moved an account, oldest first',
    params: idParams,
    querystring: statementQuery,
  };
  app.get<ById & { Querystring: { after?: string; limit?: string } }>(
    `${BASE_PATH}/accounts/:id/statement`,
    { config, schema },
    async (request, reply) => {
      await ownWrites(model, ledger);
      const { params, query } = request;
      const account = model.account(params.id);
      if (account === undefined) {
        return sendProblem(request, reply, unknown('account', params.id));
      }
      const { accountId, currency, balance } = account;
      const page = { after: Number(query.after ?? 0), limit: Number(query.limit ?? PAGE) };
      return { accountId, currency, balance, ...statement(model, { accountId, ...page }) };
    },
  );
}

function lookups(app: FastifyInstance, { model, ledger }: Queries): void {
  app.get<ById>(
    `${BASE_PATH}/transactions/:id`,
    { config, schema: { summary: 'A transaction', params: idParams } },
    async (request, reply) => {
      await ownWrites(model, ledger);
      const { id } = request.params;
      const transaction = model.transaction(id);
      if (transaction === undefined) {
        return sendProblem(request, reply, unknown('transaction', id));
      }
      const { reversedBy } = transaction;
      const posted = transactionAnswer(model, id);
      return reversedBy === undefined ? posted : { ...posted, reversedBy };
    },
  );
  app.get<ById>(
    `${BASE_PATH}/holds/:id`,
    { config, schema: { summary: 'A hold', params: idParams } },
    async (request, reply) => {
      await ownWrites(model, ledger);
      const hold = model.hold(request.params.id);
      if (hold === undefined) {
        return sendProblem(request, reply, unknown('hold', request.params.id));
      }
      return { ...hold.placed, status: hold.status, ...(hold.taken && { taken: hold.taken }) };
    },
  );
}

function reports(app: FastifyInstance, { model, ledger, dataFolder }: Queries): void {
  app.get<{ Querystring: { after?: string; limit?: string } }>(
    `${BASE_PATH}/trial-balance`,
    { config, schema: { summary: 'Debits against credits', querystring: trialBalanceQuery } },
    async ({ query }) => {
      await ownWrites(model, ledger);
      return trialBalance(model, { after: query.after ?? '', limit: Number(query.limit ?? PAGE) });
    },
  );
  app.get<{ Params: { name: string } }>(
    '/internal/projections/:name',
    { config: { scope: SCOPES.projections }, schema: { summary: 'A whole projection as NDJSON' } },
    (request, reply) => {
      const { name } = request.params;
      if (!isProjection(name)) {
        return sendProblem(request, reply, unknown('projection', name));
      }
      return reply.type('application/x-ndjson').send(Readable.from(snapshot(dataFolder, name)));
    },
  );
}

/** Waits until what this instance wrote last can be seen; not for long, then shows what there is. */
function ownWrites(model: ReadModel, ledger: Ledger): Promise<boolean> {
  return model.reached(ledger.lastWritten, AbortSignal.timeout(OWN_WRITES_MS));
}

function accountBody(account: Account): object {
  const { accountId, currency, kind, overdraft, status, balance, held } = account;
  const figures = { accountId, currency, kind, overdraft, status, balance, held };
  return hasFloor(kind) ? { ...figures, available: exactSum(available(account)) } : figures;
}

function unknown(what: string, id: string): { status: number; code: string; detail: string } {
  return { status: 404, code: `${what}-unknown`, detail: `no ${what} ${id}` };
}
