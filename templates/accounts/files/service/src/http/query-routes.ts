import type { FastifyInstance } from 'fastify';
import { existsFor } from '../domain/account.ts';
import { BASE_PATH, SCOPES } from '../names.ts';
import type { Accounts } from './accounts.ts';
import { accountBody, balanceBody } from './answers.ts';
import { idParams } from './formats.ts';
import { partyOf } from './party.ts';
import { sendProblem, unknown } from './problems.ts';
import { accountAnswer, balanceAnswer } from './schemas.ts';

const config = { scope: SCOPES.read };

/** Everything that only looks. */
export function queryRoutes(app: FastifyInstance, { handler, tables }: Accounts): void {
  const look = (path: string, answer: { summary: string; schema: object }, body: Body) => {
    const { summary, schema } = answer;
    app.get<{ Params: { id: string } }>(
      path,
      { config, schema: { summary, params: idParams, answers: { 200: schema }, problems: [404] } },
      async (request, reply) => {
        await handler.ownWrites();
        const { id } = request.params;
        const found = existsFor(partyOf(request), tables.account(id)) ? body(id) : undefined;
        return found ?? sendProblem(request, reply, unknown('account', id));
      },
    );
  };
  look(`${BASE_PATH}/:id`, { summary: 'An account', schema: accountAnswer }, (id) =>
    accountBody(tables, id),
  );
  look(`${BASE_PATH}/:id/balance`, { summary: 'What is on it', schema: balanceAnswer }, (id) => {
    const account = tables.ledgerAccount(id);
    return account && balanceBody(account);
  });
}

type Body = (accountId: string) => object | undefined;
