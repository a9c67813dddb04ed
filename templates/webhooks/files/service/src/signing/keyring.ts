import type { Endpoint } from '../domain/endpoint.ts';
import { type Secrets, secretsAt } from '../domain/secret.ts';
import type { Source } from '../domain/source.ts';
import type { MasterKey } from './master-key.ts';
import { secretText } from './secret-text.ts';

/** Finds the keys by which messages of this service are signed and those of others proven. */
export class Keyring {
  readonly #master: MasterKey;
  readonly #dictated: ReadonlyMap<string, readonly Buffer[]>;

  /** @param dictated keys of sources that do not take ours, by the name of the source */
  constructor(master: MasterKey, dictated: ReadonlyMap<string, readonly Buffer[]>) {
    this.#master = master;
    this.#dictated = dictated;
  }

  /** Names the master key that new secrets are made from. */
  get keyId(): string {
    return this.#master.id;
  }

  isDictated(source: string): boolean {
    return this.#dictated.has(source);
  }

  /** Keys to sign with, the current one first; undefined when they were made from another master key. */
  ofEndpoint({ endpointId, secrets }: Endpoint, nowMs: number): readonly Buffer[] | undefined {
    return this.#derived(endpointOwner(endpointId), secrets, nowMs);
  }

  /** Keys that may have signed; undefined when they were made from another master key. */
  ofSource(name: string, source: Source | undefined, nowMs: number): readonly Buffer[] | undefined {
    const dictated = this.#dictated.get(name);
    if (dictated !== undefined) return dictated;
    return source && this.#derived(sourceOwner(name), source.secrets, nowMs);
  }

  /** Told once to whoever made it, never kept. */
  endpointSecret(endpointId: string, version: number): string {
    return secretText(this.#master.secret(endpointOwner(endpointId), version));
  }

  sourceSecret(source: string, version: number): string {
    return secretText(this.#master.secret(sourceOwner(source), version));
  }

  #derived(owner: string, secrets: Secrets, nowMs: number): readonly Buffer[] | undefined {
    if (secrets.current.keyId !== this.keyId) return undefined;
    return secretsAt(secrets, nowMs)
      .filter(({ keyId }) => keyId === this.keyId)
      .map(({ version }) => this.#master.secret(owner, version));
  }
}

function endpointOwner(endpointId: string): string {
  return `endpoint/${endpointId}`;
}

function sourceOwner(source: string): string {
  return `source/${source}`;
}
