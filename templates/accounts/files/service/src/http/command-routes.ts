import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { requestChangeCommand, requestOpeningCommand } from '../commands/account-commands.ts';
import { existsFor } from '../domain/account.ts';
import type { AccountTerms, Alteration } from '../domain/events.ts';
import { BASE_PATH, SCOPES } from '../names.ts';
import { endOf, progressOf } from './answers.ts';
import { emptyBody, idParams } from './formats.ts';
import { partyOf } from './party.ts';
import { sendProblem, unknown } from './problems.ts';
import type { Accounts } from './accounts.ts';
import { type Outcome, runCommand } from './run-command.ts';
import { accountAnswer, changeAnswer, changingAnswer, openAccountBody } from './schemas.ts';

const config = { scope: SCOPES.write, idempotency: 'optional' } as const;

/** Everything that changes an account. */
export function commandRoutes(app: FastifyInstance, accounts: Accounts): void {
  openRoute(app, accounts);
  changeRoute(app, accounts, 'freeze');
  changeRoute(app, accounts, 'unfreeze');
  changeRoute(app, accounts, 'close');
}

function openRoute(app: FastifyInstance, accounts: Accounts): void {
  const schema = {
    summary: 'Open an account',
    body: openAccountBody,
    answers: { 200: accountAnswer, 201: accountAnswer, 202: accountAnswer },
    problems: [409],
  };
  app.post<{ Body: Omit<AccountTerms, 'accountId'> & { accountId?: string } }>(
    BASE_PATH,
    { config, schema },
    (request, reply) =>
      runCommand(
        accounts.handler,
        requestOpeningCommand({ accountId: randomUUID(), ...request.body }),
        {
          request,
          reply,
          locate: (changeId) => `${BASE_PATH}/${accounts.tables.change(changeId)?.accountId}`,
          outcome: (changeId, status) => ended(accounts, changeId, status),
        },
      ),
  );
}

function changeRoute(app: FastifyInstance, accounts: Accounts, change: Alteration): void {
  const schema = {
    summary: `${change[0]?.toUpperCase()}${change.slice(1)} an account`,
    params: idParams,
    body: emptyBody,
    answers: { 200: changeAnswer, 202: changingAnswer },
    problems: [404, 409],
  };
  app.post<{ Params: { id: string } }>(
    `${BASE_PATH}/:id/${change}`,
    { config, schema },
    async (request, reply) => {
      const { id: accountId } = request.params;
      const party = partyOf(request);
      // Before the command too: a key that somebody else used must not tell what it got.
      if (!existsFor(party, accounts.tables.account(accountId))) {
        return sendProblem(request, reply, unknown('account', accountId));
      }
      return runCommand(accounts.handler, requestChangeCommand({ accountId, change }, party), {
        request,
        reply,
        outcome: (changeId, status) => ended(accounts, changeId, status),
      });
    },
  );
}

/** Waits for the ledger's answer, for as long as a client may be kept. */
async function ended(
  { model, tables, answerWithinMs }: Accounts,
  changeId: string,
  status: number,
): Promise<Outcome> {
  const late = AbortSignal.timeout(answerWithinMs);
  const end = await model.until(() => endOf(tables, changeId, status), late);
  return end ?? progressOf(tables, changeId);
}
