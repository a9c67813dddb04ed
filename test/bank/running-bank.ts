import { randomUUID } from 'node:crypto';
import type { SandboxStatus } from '../../src/app/sandbox-status.ts';
import { bankWorkspace, type Ended, fintech, fintechJson } from '../cli/program.ts';
import { type Answer, bodyOf, exchange } from './exchange.ts';
import { servicePorts } from './service-ports.ts';
import { setPorts } from './service-settings.ts';

export interface Stored {
  id: string;
  type: string;
  subject: string;
  globalposition: string;
  /** Who asked for it. */
  authid: string;
  data: Record<string, unknown>;
}

export interface StartOptions {
  env?: Record<string, string>;
  driver?: 'embedded' | 'docker';
  /** Changes the workspace before it is started. */
  prepare?: (root: string) => void;
}

/** A bank that runs in a workspace of its own until it is disposed. */
export class RunningBank implements AsyncDisposable {
  readonly #workspace: { root: string } & AsyncDisposable;
  readonly #env: Record<string, string>;
  #store = '';
  #reader = '';
  gateway = '';
  token = '';

  private constructor(workspace: { root: string } & AsyncDisposable, env: Record<string, string>) {
    this.#workspace = workspace;
    this.#env = env;
  }

  /** One that runs embedded. */
  static async start(services: string, options: StartOptions = {}): Promise<RunningBank> {
    const workspace = await bankWorkspace(services);
    setPorts(workspace.root, await servicePorts(services.split(',')));
    return RunningBank.startIn(workspace, options);
  }

  /** @param workspace is disposed with the bank, also where it does not start */
  static async startIn(
    workspace: { root: string } & AsyncDisposable,
    { env = {}, driver = 'embedded', prepare }: StartOptions = {},
  ): Promise<RunningBank> {
    const bank = new RunningBank(workspace, env);
    try {
      prepare?.(bank.root);
      const started = await bank.run('up', '--driver', driver, '--detach');
      if (started.exitCode !== 0) throw new Error(started.stderr);
      const { data } = await fintechJson<Record<string, string>>(['env'], bank.#place);
      bank.gateway = data['FINTECH_GATEWAY_URL'] ?? '';
      bank.#store = data['FINTECH_EVENTS_URL'] ?? '';
      bank.token = await bank.mint();
      bank.#reader = await bank.mint('--scope', 'events:read', '--aud', 'events');
      return bank;
    } catch (error) {
      await bank[Symbol.asyncDispose]();
      throw error;
    }
  }

  get root(): string {
    return this.#workspace.root;
  }

  run(...args: string[]): Promise<Ended> {
    return fintech(args, this.#place);
  }

  /** A token of an operator, who may do everything at the gateway. */
  async mint(...more: string[]): Promise<string> {
    const args = ['token', 'mint', '--persona', 'operator', '--ttl', '2h', ...more];
    const { stdout, stderr, exitCode } = await this.run(...args);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  async units(): Promise<SandboxStatus['units']> {
    return (await fintechJson<SandboxStatus>(['status'], this.#place)).data.units;
  }

  /** Where each service answers, past the gateway. */
  async origins(): Promise<Map<string, string>> {
    const services = (await this.units()).filter(({ kind }) => kind === 'service');
    return new Map(services.map(({ name, url }) => [name, url]));
  }

  /** The whole log. */
  async events(): Promise<Stored[]> {
    const headers = { authorization: `Bearer ${this.#reader}`, accept: 'application/x-ndjson' };
    const { text } = await exchange(this.#store, { method: 'GET', target: '/events', headers });
    const lines = text.split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Stored);
  }

  /** The position of the last event. */
  async head(): Promise<number> {
    const headers = { authorization: `Bearer ${this.#reader}` };
    const answer = await exchange(this.#store, { method: 'GET', target: '/head', headers });
    return Number(bodyOf(answer)['position']);
  }

  command(target: string, body: object, key: string = randomUUID()): Promise<Answer> {
    return exchange(this.gateway, {
      method: 'POST',
      target,
      headers: {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: Buffer.from(JSON.stringify(body)),
    });
  }

  /** A command that must pass. @returns its answer */
  async post(target: string, body: object = {}): Promise<Record<string, unknown>> {
    const answer = await this.command(target, body);
    if (answer.status < 300) return bodyOf(answer);
    throw new Error(`POST ${target} was answered with ${answer.status}: ${answer.text}`);
  }

  async get(target: string): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${this.token}` };
    return bodyOf(await exchange(this.gateway, { method: 'GET', target, headers }));
  }

  get #place(): { cwd: string; env: Record<string, string> } {
    return { cwd: this.root, env: this.#env };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workspace[Symbol.asyncDispose]();
  }
}
