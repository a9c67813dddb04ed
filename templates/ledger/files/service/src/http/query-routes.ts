import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Ledger } from '../commands/ledger.ts';
import { transactionAnswer } from '../commands/transaction-commands.ts';
import { type Account, available, hasFloor } from '../domain/account.ts';
import { BASE_PATH, SCOPES } from '../names.ts';
import type { ReadModel } from '../projection/read-model.ts';
import { statement, trialBalance } from '../projection/reports.ts';
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

/** How long a reader waits for what this instance wrote last; then it gets what there is. */
const OWN_WRITES_MS = 1000;
const PAGE = 100;

/** Everything that only looks. */
export function queryRoutes(app: FastifyInstance, { ledger, model, dataFolder }: Queries): void {
  const config = { scope: SCOPES.read };
  const upToDate = (): Promise<boolean> =>
    model.reached(ledger.lastWritten, AbortSignal.timeout(OWN_WRITES_MS));

  app.get<ById>(
    `${BASE_PATH}/accounts/:id`,
    { config, schema: { summary: 'An account and its balance', params: idParams } },
    async (request, reply) => {
      await upToDate();
      const account = model.account(request.params.id);
      if (account !== undefined) return accountBody(account);
      return sendProblem(request, reply, unknown('account', request.params.id));
    },
  );
  app.get<ById & { Querystring: { after?: string; limit?: string } }>(
    `${BASE_PATH}/accounts/:id/statement`,
    {
      config,
      schema: {
        summary: 'What moved an account, oldest first',
        params: idParams,
        querystring: statementQuery,
      },
    },
    async (request, reply) => {
      await upToDate();
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
  app.get<ById>(
    `${BASE_PATH}/transactions/:id`,
    { config, schema: { summary: 'A transaction', params: idParams } },
    async (request, reply) => {
      await upToDate();
      const transaction = model.transaction(request.params.id);
      if (transaction === undefined) {
        return sendProblem(request, reply, unknown('transaction', request.params.id));
      }
      const { reversedBy } = transaction;
      const posted = transactionAnswer(model, request.params.id);
      return reversedBy === undefined ? posted : { ...posted, reversedBy };
    },
  );
  app.get<ById>(
    `${BASE_PATH}/holds/:id`,
    { config, schema: { summary: 'A hold', params: idParams } },
    async (request, reply) => {
      await upToDate();
      const hold = model.hold(request.params.id);
      if (hold === undefined) {
        return sendProblem(request, reply, unknown('hold', request.params.id));
      }
      return { ...hold.placed, status: hold.status, ...(hold.taken && { taken: hold.taken }) };
    },
  );
  app.get<{ Querystring: { after?: string; limit?: string } }>(
    `${BASE_PATH}/trial-balance`,
    { config, schema: { summary: 'Debits against credits', querystring: trialBalanceQuery } },
    async ({ query }) => {
      await upToDate();
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

function accountBody(account: Account): object {
  const { accountId, currency, kind, overdraft, status, balance, held } = account;
  const free = available(account);
  const exact = Number.isSafeInteger(Number(free)) ? Number(free) : String(free);
  return {
    ...{ accountId, currency, kind, overdraft, status, balance, held },
    ...(hasFloor(kind) ? { available: exact } : {}),
  };
}

function unknown(what: string, id: string): { status: number; code: string; detail: string } {
  return { status: 404, code: `${what}-unknown`, detail: `no ${what} ${id}` };
}
