import { BASE_PATH_OF_LEDGER } from '../names.ts';
import { type Peer, type PeerAnswer, problemCode } from '../platform/peer.ts';

/** Done, with the ledger's answer, or refused by one of its rules. */
export type LedgerAnswer = { ok: true; body: PeerAnswer['body'] } | { ok: false; reason: string };

/** One step of a payment, as the ledger is told of it. */
export interface Occasion {
  paymentId: string;
  /** With the payment's id it makes the key of the call, so that it has one effect. */
  step: string;
  traceId: string;
  signal: AbortSignal;
}

export interface Movement {
  from: string;
  to: string;
  amount: number;
  currency: string;
}

/** What payments ask of the ledger. */
export class Ledger {
  readonly #peer: Peer;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  account(accountId: string, occasion: Occasion): Promise<LedgerAnswer> {
    return this.#call(`/accounts/${accountId}`, occasion);
  }

  openAccount(account: object, occasion: Occasion): Promise<LedgerAnswer> {
    return this.#call('/accounts', occasion, account);
  }

  placeHold(hold: object, occasion: Occasion): Promise<LedgerAnswer> {
    const { paymentId } = occasion;
    return this.#call('/holds', occasion, { holdId: paymentId, paymentId, ...hold });
  }

  postHold(
    wanted: { toAccountId: string; amount: number },
    occasion: Occasion,
  ): Promise<LedgerAnswer> {
    return this.#call(`/holds/${occasion.paymentId}/post`, occasion, wanted);
  }

  voidHold(occasion: Occasion): Promise<LedgerAnswer> {
    return this.#call(`/holds/${occasion.paymentId}/void`, occasion, {});
  }

  /** From one account that the bank owes to another. */
  move({ from, to, amount, currency }: Movement, occasion: Occasion): Promise<LedgerAnswer> {
    const { paymentId } = occasion;
    const postings = [
      { accountId: from, direction: 'debit', amount, currency },
      { accountId: to, direction: 'credit', amount, currency },
    ];
    return this.#call('/transactions', occasion, { paymentId, postings });
  }

  async #call(path: string, occasion: Occasion, body?: object): Promise<LedgerAnswer> {
    const { paymentId, step, traceId, signal } = occasion;
    const answer = await this.#peer.call({
      method: body === undefined ? 'GET' : 'POST',
      path: `${BASE_PATH_OF_LEDGER}${path}`,
      ...(body && { body, key: `${paymentId}:${step}` }),
      traceId,
      signal,
    });
    if (answer.status < 300) return { ok: true, body: answer.body };
    return { ok: false, reason: problemCode(answer) };
  }
}
