import { messageOf } from '../../kernel/errors.ts';
import type { ComponentDeps } from '../../kernel/component.ts';
import { Catalog, type Change } from './catalog.ts';
import { Leases } from './leases.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import { cutOutput } from './output.ts';
import { Persistence } from './persistence.ts';
import type { CheckDraft, CheckStatus, InstanceDraft, NodeRecord } from './records.ts';
import { DATACENTER, serviceMaintenanceCheck } from './records.ts';
import { Refusal, unknownCheck, unknownService } from './refusal.ts';
import { Reaper } from './reaper.ts';
import type { Topic } from './topics.ts';
import { Waiters } from './waiters.ts';

export interface RegistryOptions {
  dataDir: string;
  /** Removes critical services after the time they ask for, even below Consul's minute. */
  fastReap: boolean;
}

/** The catalog alive: what it accepts is on disk before it is true, and true before it is told. */
export class Registry implements Disposable {
  readonly catalog: Catalog;
  readonly node: NodeRecord;
  readonly waiters: Waiters;
  readonly #deps: ComponentDeps;
  readonly #persistence: Persistence;
  readonly #leases: Leases;
  readonly #reaper: Reaper;

  /** @throws FintechError SANDBOX_DATA_NEWER, SANDBOX_UNIT_FAILED */
  constructor(options: RegistryOptions, deps: ComponentDeps) {
    this.#deps = deps;
    this.#persistence = new Persistence(options.dataDir, deps.random);
    this.catalog = new Catalog(this.#persistence.load());
    this.node = thisNode(this.#persistence.nodeId);
    this.waiters = new Waiters(deps.clock, REGISTRY_LIMITS.blockedQueries);
    this.#leases = new Leases(deps.clock, {
      expired: (checkId) => this.#expire(checkId),
      paused: (pauseMs) => this.#forgive(pauseMs),
    });
    this.#reaper = new Reaper(deps.clock, {
      fast: options.fastReap,
      reap: (serviceId) => this.#reap(serviceId),
    });
    this.#startAnew([...this.catalog.checks()]);
  }

  /** @throws Refusal 503 when the registry is full */
  register(
    instance: InstanceDraft,
    checks: readonly CheckDraft[],
    options: { replaceChecks: boolean },
  ): void {
    const isNew = this.catalog.instance(instance.id) === undefined;
    if (isNew && this.catalog.instanceCount > REGISTRY_LIMITS.instances) {
      throw new Refusal(503, `This registry holds at most ${REGISTRY_LIMITS.instances} instances`);
    }
    this.#refuseTooManyChecks(checks);
    this.#commit(this.catalog.planRegister(instance, checks, options));
    this.#startAnew(checks);
  }

  /** @throws Refusal 404 */
  deregister(serviceId: string): void {
    if (!this.catalog.instance(serviceId)) throw unknownService(serviceId);
    this.#commit(this.catalog.planDeregister(serviceId));
  }

  /** @throws Refusal 404 when its service is unknown, 503 when the registry is full */
  registerCheck(check: CheckDraft): void {
    if (check.serviceId !== '' && !this.catalog.instance(check.serviceId)) {
      throw new Refusal(404, `ServiceID ${JSON.stringify(check.serviceId)} does not exist`);
    }
    this.#refuseTooManyChecks([check]);
    this.#commit(this.catalog.planCheck(check));
    this.#startAnew([check]);
  }

  /** @throws Refusal 404 */
  deregisterCheck(checkId: string): void {
    const check = this.catalog.check(checkId);
    if (check === undefined || check.type === 'node') throw unknownCheck(checkId);
    this.#commit(this.catalog.planRemoveCheck(checkId));
  }

  /**
   * What the owner of a TTL check says of it; starts its term anew.
   * @throws Refusal 404, or 400 when the check is not kept alive by reports
   */
  report(checkId: string, status: CheckStatus, output: string): void {
    const check = this.catalog.check(checkId);
    if (check === undefined) throw unknownCheck(checkId);
    if (check.type !== 'ttl') {
      throw new Refusal(400, `CheckID ${JSON.stringify(checkId)} does not have associated TTL`);
    }
    this.#setState(checkId, { status, output: cutOutput(output) });
    this.#leases.start(checkId, check.ttlMs);
  }

  /** @throws Refusal 404 */
  setMaintenance(serviceId: string, maintenance: { reason: string } | undefined): void {
    if (!this.catalog.instance(serviceId)) throw unknownService(serviceId);
    const id = serviceMaintenanceCheck(serviceId);
    this.#commit(
      maintenance === undefined
        ? this.catalog.planRemoveCheck(id)
        : this.catalog.planCheck({
            id,
            name: 'Service Maintenance Mode',
            notes: maintenance.reason,
            serviceId,
            type: 'maintenance',
            ttlMs: 0,
            deregisterAfterMs: 0,
            status: 'critical',
            output: '',
          }),
    );
  }

  /** Resolves when the topic's index passes `afterIndex`, or as `Waiters.wait` says. */
  async changed(
    topic: Topic,
    afterIndex: number,
    options: { ms: number; signal: AbortSignal },
  ): Promise<void> {
    if (this.catalog.indexOf(topic) > afterIndex) return;
    await this.waiters.wait(topic, afterIndex, options);
  }

  [Symbol.dispose](): void {
    this.waiters.releaseAll();
    this.#leases[Symbol.dispose]();
    this.#reaper[Symbol.dispose]();
    this.#persistence[Symbol.dispose]();
  }

  /** Durable before it returns. @throws the SQLite error, with nothing changed */
  #commit(change: Change | undefined): void {
    if (change === undefined) return;
    this.#persistence.write(change, { durable: true });
    this.#apply(change);
  }

  #apply(change: Change): void {
    this.catalog.apply(change);
    for (const id of change.removedChecks) {
      this.#leases.stop(id);
      this.#reaper.forget(id);
    }
    for (const check of change.checks) this.#reaper.note(check);
    for (const topic of change.topics) this.waiters.wake(topic, change.index);
  }

  /** Health is true even where the disk cannot take it; a restart only forgets it. */
  #setState(checkId: string, state: { status: CheckStatus; output: string }): void {
    const change = this.catalog.planReport(checkId, state);
    if (change === undefined) return;
    try {
      this.#persistence.write(change, { durable: false });
    } catch (error) {
      this.#deps.log('error', 'check state not saved', { checkId, reason: messageOf(error) });
    }
    this.#apply(change);
  }

  #expire(checkId: string): void {
    const check = this.catalog.check(checkId);
    if (check === undefined) return;
    const last = check.output === '' || check.output.startsWith('TTL expired') ? '' : check.output;
    const before = last === '' ? '' : ` (last output before timeout follows): ${last}`;
    this.#setState(checkId, { status: 'critical', output: `TTL expired${before}` });
    this.#deps.log('warn', 'TTL expired', { checkId, serviceId: check.serviceId });
  }

  #forgive(pauseMs: number): void {
    this.#reaper.restart();
    this.#deps.log('warn', 'every check is granted a fresh TTL after a pause of this process', {
      pauseMs: Math.round(pauseMs),
    });
  }

  #reap(serviceId: string): void {
    try {
      this.#commit(this.catalog.planDeregister(serviceId));
      this.#deps.log('info', 'deregistered a service that stayed critical', { serviceId });
    } catch (error) {
      const reason = messageOf(error);
      this.#deps.log('error', 'critical service not deregistered', { serviceId, reason });
    }
  }

  /** A registration is a sign of life: the term of each check, and its critical time, begin now. */
  #startAnew(checks: readonly CheckDraft[]): void {
    for (const { id } of checks) {
      const check = this.catalog.check(id);
      if (check === undefined) continue;
      if (check.type === 'ttl') this.#leases.start(id, check.ttlMs);
      this.#reaper.forget(id);
      this.#reaper.note(check);
    }
  }

  #refuseTooManyChecks(checks: readonly CheckDraft[]): void {
    const added = checks.filter(({ id }) => this.catalog.check(id) === undefined).length;
    if (added > 0 && this.catalog.checkCount + added > REGISTRY_LIMITS.checks + 1) {
      throw new Refusal(503, `This registry holds at most ${REGISTRY_LIMITS.checks} checks`);
    }
  }
}

function thisNode(id: string): NodeRecord {
  return {
    id,
    name: 'fintech',
    address: '127.0.0.1',
    datacenter: DATACENTER,
    meta: { 'consul-network-segment': '' },
  };
}
