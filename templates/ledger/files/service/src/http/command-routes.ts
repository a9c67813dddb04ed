import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { CommandHandler } from '../commands/command-handler.ts';
import {
  type AccountChange,
  changeAccountCommand,
  openAccountCommand,
} from '../commands/account-commands.ts';
import { placeHoldCommand, postHoldCommand, voidHoldCommand } from '../commands/hold-commands.ts';
import { postTransactionCommand } from '../commands/transaction-commands.ts';
import type { Books } from '../domain/books.ts';
import type { PostHold } from '../domain/decide-hold.ts';
import type { AccountOpened, HoldPlaced, TransactionPosted } from '../domain/events.ts';
import { BASE_PATH, SCOPES } from '../names.ts';
import {
  changedAnswer,
  holdAnswer,
  openedAnswer,
  postedHoldAnswer,
  transactionAnswer,
  voidedHoldAnswer,
} from './answers.ts';
import { emptyBody, idParams } from './formats.ts';
import { runCommand } from './run-command.ts';
import { openAccountBody, placeHoldBody, postHoldBody, postTransactionBody } from './schemas.ts';

type Ledger = CommandHandler<Books>;

/** A body whose id may be left to us. */
type Without<Fact, Id extends keyof Fact> = Omit<Fact, Id> & Partial<Pick<Fact, Id>>;

interface ById {
  Params: { id: string };
}

const ACCOUNTS = `${BASE_PATH}/accounts`;
const TRANSACTIONS = `${BASE_PATH}/transactions`;
const HOLDS = `${BASE_PATH}/holds`;
const optional = { scope: SCOPES.post, idempotency: 'optional' } as const;
const required = { scope: SCOPES.post, idempotency: 'required' } as const;

/** 200 where the very same thing had been made before, under its own id. */
function made(answer: object): Record<number, object> {
  return { 200: answer, 201: answer };
}

/** Everything that changes the ledger. */
export function commandRoutes(app: FastifyInstance, ledger: Ledger): void {
  accountRoutes(app, ledger);
  transactionRoutes(app, ledger);
  holdRoutes(app, ledger);
}

function accountRoutes(app: FastifyInstance, ledger: Ledger): void {
  app.post<{ Body: AccountOpened }>(
    ACCOUNTS,
    {
      config: optional,
      schema: {
        summary: 'Open an account',
        body: openAccountBody,
        answers: made(openedAnswer),
        problems: [409],
      },
    },
    (request, reply) =>
      runCommand(ledger, openAccountCommand(request.body), {
        request,
        reply,
        locate: (id) => `${ACCOUNTS}/${id}`,
      }),
  );
  const changes: readonly AccountChange[] = ['freeze', 'unfreeze', 'close'];
  for (const change of changes) {
    const summary = `${change[0]?.toUpperCase()}${change.slice(1)} an account`;
    app.post<ById>(
      `${ACCOUNTS}/:id/${change}`,
      {
        config: optional,
        schema: {
          summary,
          params: idParams,
          body: emptyBody,
          answers: { 200: changedAnswer },
          problems: [404, 409],
        },
      },
      (request, reply) =>
        runCommand(ledger, changeAccountCommand(change, request.params.id), { request, reply }),
    );
  }
}

function transactionRoutes(app: FastifyInstance, ledger: Ledger): void {
  app.post<{ Body: Without<TransactionPosted, 'transactionId'> }>(
    TRANSACTIONS,
    {
      config: required,
      schema: {
        summary: 'Post a transaction',
        body: postTransactionBody,
        answers: made(transactionAnswer),
        problems: [404, 409],
      },
    },
    (request, reply) => {
      const wanted = { transactionId: randomUUID(), ...request.body };
      return runCommand(ledger, postTransactionCommand(wanted), {
        request,
        reply,
        locate: (id) => `${TRANSACTIONS}/${id}`,
      });
    },
  );
}

function holdRoutes(app: FastifyInstance, ledger: Ledger): void {
  app.post<{ Body: Without<HoldPlaced, 'holdId'> }>(
    HOLDS,
    {
      config: optional,
      schema: {
        summary: 'Reserve money on an account',
        body: placeHoldBody,
        answers: made(holdAnswer),
        problems: [404, 409],
      },
    },
    (request, reply) =>
      runCommand(ledger, placeHoldCommand({ holdId: randomUUID(), ...request.body }), {
        request,
        reply,
        locate: (id) => `${HOLDS}/${id}`,
      }),
  );
  app.post<ById & { Body: Without<Omit<PostHold, 'holdId'>, 'transactionId'> }>(
    `${HOLDS}/:id/post`,
    {
      config: optional,
      schema: {
        summary: 'Spend what is reserved',
        params: idParams,
        body: postHoldBody,
        answers: { 201: postedHoldAnswer },
        problems: [404, 409],
      },
    },
    (request, reply) => {
      const wanted = { transactionId: randomUUID(), ...request.body, holdId: request.params.id };
      return runCommand(ledger, postHoldCommand(wanted), { request, reply });
    },
  );
  app.post<ById>(
    `${HOLDS}/:id/void`,
    {
      config: optional,
      schema: {
        summary: 'Free what is reserved',
        params: idParams,
        body: emptyBody,
        answers: { 200: voidedHoldAnswer },
        problems: [404, 409],
      },
    },
    (request, reply) => runCommand(ledger, voidHoldCommand(request.params.id), { request, reply }),
  );
}
