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

/** How a change ended, with HTTP's word for success, or how far it came. */
type Ending = (changeId: string, status: number) => Promise<Outcome>;

interface Commands extends Accounts {
  outcome: Ending;
}

const config = { scope: SCOPES.write, idempotency: 'optional' } as const;

/** Everything that changes an account. */
export function commandRoutes(app: FastifyInstance, accounts: Accounts): void {
  const outcome = ending(app, accounts);
  openRoute(app, { ...accounts, outcome });
  for (const change of ['freeze', 'unfreeze', 'close'] as const) {
    changeRoute(app, { ...accounts, outcome }, change);
  }
}

function openRoute(app: FastifyInstance, { handler, tables, outcome }: Commands): void {
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
      runCommand(handler, requestOpeningCommand({ accountId: randomUUID(), ...request.body }), {
        request,
        reply,
        locate: (changeId) => `${BASE_PATH}/${tables.change(changeId)?.accountId}`,
        outcome,
      }),
  );
}

function changeRoute(
  app: FastifyInstance,
  { handler, tables, outcome }: Commands,
  change: Alteration,
): void {
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
      if (!existsFor(party, tables.account(accountId))) {
        return sendProblem(request, reply, unknown('account', accountId));
      }
      return runCommand(handler, requestChangeCommand({ accountId, change }, party), {
        request,
        reply,
        outcome,
      });
    },
  );
}

/** Waits for the ledger's answer, for as long as a client may be kept and nobody stops us. */
function ending(app: FastifyInstance, { model, tables, answerWithinMs }: Accounts): Ending {
  return async (changeId, status) => {
    const enough = AbortSignal.any([app.closing, AbortSignal.timeout(answerWithinMs)]);
    const end = await model.until(() => endOf(tables, changeId, status), enough);
    return end ?? progressOf(tables, changeId);
  };
}
