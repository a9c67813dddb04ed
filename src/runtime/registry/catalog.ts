import { isDeepStrictEqual } from 'node:util';
import { consulInstance, serfCheck } from './built-in.ts';
import { GroupedTable } from './grouped-table.ts';
import type { Check, CheckDraft, CheckState, CheckStatus } from './records.ts';
import type { Instance, InstanceDraft, Stamps } from './records.ts';
import { healthTopic, serviceTopic, type Topic, TopicIndexes } from './topics.ts';

/** The records a change puts and removes. */
export interface Steps {
  readonly instances: readonly Instance[];
  readonly checks: readonly Check[];
  readonly removedInstances: readonly string[];
  readonly removedChecks: readonly string[];
}

/** A planned step of the catalog: first persisted, then applied, then announced to its topics. */
export interface Change extends Steps {
  readonly index: number;
  readonly topics: ReadonlySet<Topic>;
}

export interface CatalogState {
  /** The index to start from; no query answers with less. */
  index: number;
  /** In the order they were made. */
  instances: readonly Instance[];
  checks: readonly Check[];
}

/**
 * Instances, checks and indexes in memory. Rules:
 * - Every change that wakes a query raises the one index by 1 and stamps what it touched.
 * - A repeated registration and a repeated report change nothing; a report of new output alone is
 *   kept but raises no index (Consul, too, holds it back: heartbeats carry times and counts in it).
 * - Each topic keeps the index of its last change, also when its service has gone.
 * - `plan…` looks and never changes; `apply` changes and never fails. Between the two the caller
 *   makes the change durable, and plans nothing else.
 * - A check whose registration names no status keeps the state it had.
 */
export class Catalog {
  #index: number;
  readonly #instances = new GroupedTable<Instance>(({ name }) => name.toLowerCase());
  readonly #checks = new GroupedTable<Check>(({ serviceId }) => serviceId);
  readonly #topics: TopicIndexes;

  constructor({ index, instances, checks }: CatalogState) {
    this.#index = index;
    this.#topics = new TopicIndexes(index);
    for (const instance of [consulInstance(index), ...instances]) this.#instances.put(instance);
    for (const check of [serfCheck(index), ...checks]) this.#checks.put(check);
  }

  get index(): number {
    return this.#index;
  }

  /** The index a query on this topic answers with. */
  indexOf(topic: Topic): number {
    return this.#topics.of(topic);
  }

  get instanceCount(): number {
    return this.#instances.size;
  }

  get checkCount(): number {
    return this.#checks.size;
  }

  instance(id: string): Instance | undefined {
    return this.#instances.get(id);
  }

  /** All instances, the registry's own `consul` first. */
  instances(): Iterable<Instance> {
    return this.#instances.values();
  }

  /** Every listing of a service has this one order: old clients zip two of them by position. */
  instancesOf(name: string): Instance[] {
    return this.#instances.inGroup(name.toLowerCase());
  }

  check(id: string): Check | undefined {
    return this.#checks.get(id);
  }

  checks(): Iterable<Check> {
    return this.#checks.values();
  }

  nodeChecks(): Check[] {
    return this.checksOf('');
  }

  /** The checks of one instance, without those of the node. */
  checksOf(serviceId: string): Check[] {
    return this.#checks.inGroup(serviceId);
  }

  planRegister(
    draft: InstanceDraft,
    checks: readonly CheckDraft[],
    options: { replaceChecks: boolean },
  ): Change | undefined {
    const wanted = new Set(checks.map(({ id }) => id));
    const surplus = this.checksOf(draft.id).filter(
      ({ id, type }) => options.replaceChecks && type === 'ttl' && !wanted.has(id),
    );
    return this.#change({
      instances: [stamped(draft, this.#instances.get(draft.id), this.#index + 1)],
      checks: checks.map((check) => this.#stampedCheck(check)),
      removedInstances: [],
      removedChecks: surplus.map(({ id }) => id),
    });
  }

  /** Takes the checks of the instance with it. */
  planDeregister(id: string): Change | undefined {
    if (!this.#instances.get(id)) return undefined;
    const removedChecks = this.checksOf(id).map((check) => check.id);
    return this.#change({ instances: [], checks: [], removedInstances: [id], removedChecks });
  }

  planCheck(draft: CheckDraft): Change | undefined {
    const checks = [this.#stampedCheck(draft)];
    return this.#change({ instances: [], checks, removedInstances: [], removedChecks: [] });
  }

  planRemoveCheck(id: string): Change | undefined {
    if (!this.#checks.get(id)) return undefined;
    return this.#change({ instances: [], checks: [], removedInstances: [], removedChecks: [id] });
  }

  planReport(id: string, report: { status: CheckStatus; output: string }): Change | undefined {
    const before = this.#checks.get(id);
    if (before === undefined) return undefined;
    const modifyIndex = before.status === report.status ? before.modifyIndex : this.#index + 1;
    const checks = [{ ...before, ...report, modifyIndex }];
    return this.#change({ instances: [], checks, removedInstances: [], removedChecks: [] });
  }

  apply(change: Change): void {
    const names = this.#namesIn(change);
    this.#index = change.index;
    for (const id of change.removedChecks) this.#checks.remove(id);
    for (const id of change.removedInstances) this.#instances.remove(id);
    for (const instance of change.instances) this.#instances.put(instance);
    for (const check of change.checks) this.#checks.put(check);
    this.#topics.raise(change.topics, change.index);
    for (const name of names) {
      this.#topics.notePresence(name, this.#instances.hasGroup(name.toLowerCase()));
    }
  }

  #stampedCheck(draft: CheckDraft): Check {
    const before = this.#checks.get(draft.id);
    const keeps =
      before?.serviceId === draft.serviceId && (draft.status ?? before.status) === before.status;
    const { status, output } = keeps ? before : draft;
    const state: CheckState = { ...draft, status: status ?? 'critical', output };
    return stamped(state, before, this.#index + 1);
  }

  /** Drops the steps that leave a record as it was; undefined when none is left. */
  #change(wished: Steps): Change | undefined {
    const steps: Steps = {
      ...wished,
      instances: wished.instances.filter((it) => this.#instances.get(it.id) !== it),
      checks: wished.checks.filter((it) => !isDeepStrictEqual(this.#checks.get(it.id), it)),
    };
    if (Object.values(steps).every(({ length }) => length === 0)) return undefined;
    const topics = this.#topicsOf(steps);
    return { ...steps, topics, index: topics.size === 0 ? this.#index : this.#index + 1 };
  }

  #topicsOf(steps: Steps): Set<Topic> {
    const topics = new Set<Topic>();
    for (const name of this.#namesIn(steps)) {
      topics.add('services').add(serviceTopic(name)).add(healthTopic(name));
    }
    // A check shows the name and tags of its service.
    if (steps.instances.some(({ id }) => this.#checks.hasGroup(id))) topics.add('checks');
    const names = new Map(steps.instances.map(({ id, name }) => [id, name]));
    for (const check of this.#raisedChecks(steps)) {
      topics.add('checks');
      const name = names.get(check.serviceId) ?? this.#instances.get(check.serviceId)?.name;
      const touched = check.serviceId === '' ? this.#instances.groups() : [name];
      for (const key of touched) if (key !== undefined) topics.add(healthTopic(key));
    }
    return topics;
  }

  /** The service names whose instances the steps touch, before and after. */
  #namesIn(steps: Steps): Set<string> {
    const ids = [...steps.instances.map(({ id }) => id), ...steps.removedInstances];
    const before = ids.flatMap((id) => this.#instances.get(id)?.name ?? []);
    return new Set([...before, ...steps.instances.map(({ name }) => name)]);
  }

  /** The checks whose change shows in more than their output, before and after. */
  #raisedChecks(steps: Steps): Check[] {
    const put = steps.checks.filter(
      ({ id, modifyIndex }) => this.#checks.get(id)?.modifyIndex !== modifyIndex,
    );
    const ids = [...put.map(({ id }) => id), ...steps.removedChecks];
    return [...ids.flatMap((id) => this.#checks.get(id) ?? []), ...put];
  }
}

/** A draft as a record: the very record from before when nothing differs. */
function stamped<D extends object>(
  draft: D,
  before: (D & Stamps) | undefined,
  index: number,
): D & Stamps {
  if (before === undefined) return { ...draft, createIndex: index, modifyIndex: index };
  const { createIndex, modifyIndex } = before;
  const same = { ...draft, createIndex, modifyIndex };
  return isDeepStrictEqual(same, before) ? before : { ...same, modifyIndex: index };
}
