import type { LightMyRequestResponse } from 'fastify';
import { BASE_PATH, SCOPES } from '../../src/names.ts';
import { FakeLedger } from './fake-ledger.ts';
import { Instance, type InstanceOptions } from './instance.ts';
import { MemoryEventStore } from './memory-event-store.ts';
import { tokenWith } from './tokens.ts';

/** Instances of this service over one log, and the ledger that they ask. */
export class Branch implements AsyncDisposable {
  readonly store: MemoryEventStore;
  readonly ledger: FakeLedger;
  readonly #instances = new Set<Instance>();

  static async open(store = new MemoryEventStore()): Promise<Branch> {
    return new Branch(store, await FakeLedger.open(store));
  }

  private constructor(store: MemoryEventStore, ledger: FakeLedger) {
    this.store = store;
    this.ledger = ledger;
  }

  async start(options: InstanceOptions = {}): Promise<Instance> {
    const { store, ledger } = this;
    const { variables } = ledger;
    // Long: however busy the machine is, no test waits for less than what it is about.
    const patient = { decideWithinMs: 30_000, answerWithinMs: 30_000 };
    const instance = await Instance.open({ store, variables, ...patient, ...options });
    this.#instances.add(instance);
    return instance;
  }

  async stop(instance: Instance): Promise<void> {
    this.#instances.delete(instance);
    await instance[Symbol.asyncDispose]();
  }

  /** What this service recorded, commands aside. */
  get history(): string[] {
    return this.store.types.flatMap((type) => /^accounts\.(?!command-)(.+)$/.exec(type)?.[1] ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const instance of this.#instances) await this.stop(instance);
    await this.ledger[Symbol.asyncDispose]();
  }
}

/** A token of a person, who sees what is theirs; or of a service in its own name. */
export function tokenOf(subject: string, more: { client?: string; any?: boolean } = {}) {
  const scopes = [SCOPES.write, SCOPES.read, ...(more.any === true ? [SCOPES.any] : [])];
  const claims = { sub: subject, client_id: more.client ?? 'app', scope: scopes.join(' ') };
  return tokenWith(claims);
}

/** Sends a command as somebody. */
export async function postAs(
  instance: Instance,
  token: string,
  { path, body, key }: { path: string; body?: object; key?: string },
): Promise<LightMyRequestResponse> {
  const authorization = `Bearer ${token}`;
  const headers = { authorization, ...(key !== undefined && { 'idempotency-key': key }) };
  return instance.app.inject({
    method: 'POST',
    url: `${BASE_PATH}${path}`,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body && { payload: body }),
  });
}
