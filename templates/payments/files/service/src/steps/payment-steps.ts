import type { CommandHandler } from '../commands/command-handler.ts';
import { outcomeCommand } from '../commands/payment-commands.ts';
import { dueOf, type Due } from '../domain/due.ts';
import type { PaymentEvent } from '../domain/events.ts';
import type { Payments } from '../domain/payments.ts';
import { SERVICE } from '../names.ts';
import { newTraceparent } from '../platform/trace.ts';
import type { DuePayment, Tables } from '../projection/tables.ts';
import { authorise } from './authorise.ts';
import { capture, voidPayment } from './capture.ts';
import { giveBack, refund, settle } from './move-on.ts';
import type { Ledger } from './ledger.ts';
import type { PaymentStep, StepContext } from './step-context.ts';
import type { Step, StepSource } from './run-steps.ts';

const STEPS: Readonly<Record<Due, PaymentStep>> = {
  authorise,
  capture,
  void: voidPayment,
  expire: async ({ payment: { initiated } }) => {
    const { paymentId } = initiated;
    const data = { paymentId, reason: 'authorisation-expired' };
    return [{ type: 'void-requested', data }];
  },
  settle,
  'give-back': giveBack,
  refund,
};

export interface PaymentStepsOptions {
  tables: Tables;
  commands: CommandHandler<Payments>;
  ledger: Ledger;
}

/** What payments wait for, as steps: ask the ledger, then record how that ended. */
export class PaymentSteps implements StepSource {
  readonly #options: PaymentStepsOptions;

  constructor(options: PaymentStepsOptions) {
    this.#options = options;
  }

  due(nowMs: number, limit: number): Step[] {
    return this.#options.tables.due(nowMs, limit).map((due) => ({
      key: due.payment.initiated.paymentId,
      run: (signal) => this.#run(due, signal),
    }));
  }

  async #run(due: DuePayment, signal: AbortSignal): Promise<void> {
    const { payment, traceId } = due;
    const { ledger } = this.#options;
    const what = dueOf(payment)?.what;
    if (what === undefined) return;
    const context: StepContext = {
      payment,
      ledger,
      occasion: (step) => {
        return { paymentId: payment.initiated.paymentId, step, traceId, signal };
      },
    };
    await this.#record(due, what, await STEPS[what](context));
  }

  async #record(due: DuePayment, what: Due, events: PaymentEvent[]): Promise<void> {
    const { payment, lastEvent, traceId } = due;
    const outcome = { paymentId: payment.initiated.paymentId, what, events };
    await this.#options.commands.execute(outcomeCommand(outcome), {
      origin: {
        authtype: 'system',
        authid: SERVICE,
        traceparent: newTraceparent(traceId),
        causationid: lastEvent,
      },
      idempotency: undefined,
    });
  }
}
