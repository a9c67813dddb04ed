import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { paymentAnswer } from '../commands/answers.ts';
import type { CommandHandler } from '../commands/command-handler.ts';
import {
  captureCommand,
  type Deadlines,
  type Order,
  payCommand,
  refundCommand,
  voidCommand,
} from '../commands/payment-commands.ts';
import { maySee, type Party } from '../domain/party.ts';
import type { Payments } from '../domain/payments.ts';
import { BASE_PATH, SCOPES } from '../names.ts';
import type { ReadModel } from '../projection/read-model.ts';
import { emptyBody, idParams } from './formats.ts';
import { callerOf } from './guard.ts';
import { afterAuthorisation, afterCapture, afterRefund, afterVoid } from './outcomes.ts';
import { sendProblem, unknown } from './problems.ts';
import { runCommand } from './run-command.ts';
import * as schemas from './schemas.ts';

interface ById {
  Params: { id: string };
}

/** What the routes stand on. */
export interface PaymentsApi {
  commands: CommandHandler<Payments>;
  model: ReadModel;
  payments: Payments;
  deadlines: Deadlines;
  /** How long a client waits for a step before it is told 202. */
  answerWithinMs?: number | undefined;
}

const ONE = `${BASE_PATH}/:id`;
const config = { scope: SCOPES.write, idempotency: 'required' } as const;

/** The whole surface of this service. */
export function paymentRoutes(app: FastifyInstance, api: PaymentsApi): void {
  payRoute(app, api);
  captureRoute(app, api);
  voidRoute(app, api);
  refundRoute(app, api);
  paymentQuery(app, api);
}

function payRoute(app: FastifyInstance, api: PaymentsApi): void {
  const { commands, deadlines } = api;
  app.post<{ Body: Omit<Order, 'paymentId'> & { paymentId?: string } }>(
    BASE_PATH,
    {
      config,
      schema: {
        summary: 'Pay from one account to another: reserves the money, or declines',
        body: schemas.payBody,
        answers: answers(schemas.authorisationAnswer, [200, 201, 202]),
        problems: [404, 409],
      },
    },
    (request, reply) => {
      const order = { paymentId: randomUUID(), ...request.body };
      return runCommand(commands, payCommand(order, { party: partyOf(request), deadlines }), {
        request,
        reply,
        locate: (id) => `${BASE_PATH}/${id}`,
        outcome: afterAuthorisation({ ...api, closing: app.closing }),
      });
    },
  );
}

function captureRoute(app: FastifyInstance, api: PaymentsApi): void {
  app.post<ById & { Body: { amount?: number } }>(
    `${ONE}/capture`,
    {
      config,
      schema: {
        summary: 'Take what is reserved, or a part of it; it settles by itself',
        params: idParams,
        body: schemas.captureBody,
        answers: answers(schemas.captureAnswer, [200, 202]),
        problems: [404, 409],
      },
    },
    (request, reply) => {
      const wanted = { ...request.body, paymentId: request.params.id };
      const outcome = afterCapture({ ...api, closing: app.closing });
      const command = captureCommand(wanted, partyOf(request));
      return runCommand(api.commands, command, { request, reply, outcome });
    },
  );
}

function voidRoute(app: FastifyInstance, api: PaymentsApi): void {
  app.post<ById>(
    `${ONE}/void`,
    {
      config,
      schema: {
        summary: 'Free what is reserved',
        params: idParams,
        body: emptyBody,
        answers: answers(schemas.voidAnswer, [200, 202]),
        problems: [404, 409],
      },
    },
    (request, reply) => {
      const command = voidCommand(request.params.id, partyOf(request));
      const outcome = afterVoid({ ...api, closing: app.closing });
      return runCommand(api.commands, command, { request, reply, outcome });
    },
  );
}

function refundRoute(app: FastifyInstance, api: PaymentsApi): void {
  app.post<ById & { Body: { amount?: number; refundId?: string } }>(
    `${ONE}/refund`,
    {
      config,
      schema: {
        summary: 'Give back all that is left of a settled payment, or a part of it',
        params: idParams,
        body: schemas.refundBody,
        answers: answers(schemas.refundAnswer, [200, 201, 202]),
        problems: [404, 409],
      },
    },
    (request, reply) => {
      const wanted = { refundId: randomUUID(), ...request.body, paymentId: request.params.id };
      const outcome = afterRefund({ ...api, closing: app.closing });
      const command = refundCommand(wanted, partyOf(request));
      return runCommand(api.commands, command, { request, reply, outcome });
    },
  );
}

function paymentQuery(app: FastifyInstance, { commands, payments }: PaymentsApi): void {
  app.get<ById>(
    ONE,
    {
      config: { scope: SCOPES.read },
      schema: {
        summary: 'A payment, and what became of it',
        params: idParams,
        answers: { 200: schemas.paymentAnswer },
        problems: [404],
      },
    },
    async (request, reply) => {
      await commands.ownWrites();
      const { id } = request.params;
      const payment = payments.payment(id);
      if (payment === undefined || !maySee(payments, partyOf(request), payment)) {
        return sendProblem(request, reply, unknown('payment', id));
      }
      return paymentAnswer(payment);
    },
  );
}

/** A service acts by itself, and is trusted with every owner's payments. */
function partyOf(request: FastifyRequest): Party {
  const { subject, clientId, scopes } = callerOf(request);
  return { subject, isTrusted: subject === clientId || scopes.has(SCOPES.any) };
}

function answers(schema: object, statuses: number[]): Record<number, object> {
  return Object.fromEntries(statuses.map((status) => [status, schema]));
}
