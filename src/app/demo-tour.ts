import { type Dispatcher, request } from 'undici';
import { messageOf } from '../kernel/errors.ts';
import type { DriverName } from '../runtime/sandbox/driver.ts';
import type { Context } from './context.ts';
import { DemoProgram, failed } from './demo-program.ts';

/** Off Linux the image's base may have to be pulled first. */
const UP_MS = 600_000;
const HTTP_MS = 10_000;
/** Ends the tour. */
export const DOWN: readonly string[] = ['down', '--volumes', '--yes'];

/** One thing the tour showed. */
export interface TourStep {
  /** What was done, as a person would type it. */
  command: string;
  /** What came of it. */
  shown: string[];
}

export interface Verdict {
  verdict: string;
  events: number;
  findings: { check: string; message: string }[];
}

interface Post {
  path: string;
  token: string;
  key?: string;
  body: object;
  /** The status it must answer. */
  expect: number;
}

type AskOptions = Pick<Dispatcher.RequestOptions, 'body' | 'headers'> & { method?: 'POST' };

interface Answer {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of problem details. */
  title: string | undefined;
}

/** The demo's hands: the program and HTTP; it fails when something is not as it must be. */
export class Tour {
  readonly steps: TourStep[] = [];
  readonly folder: string;
  readonly root: string;
  readonly driver: DriverName;
  readonly program: DemoProgram;
  readonly #context: Context;
  readonly #tell: (step: TourStep) => Promise<void>;
  #gateway: string | undefined;
  #started = false;
  #urls: string[] = [];

  constructor(
    context: Context,
    options: {
      folder: string;
      root: string;
      driver: DriverName;
      tell: (step: TourStep) => Promise<void>;
    },
  ) {
    this.#context = context;
    this.folder = options.folder;
    this.root = options.root;
    this.driver = options.driver;
    this.program = new DemoProgram(context, options.root);
    this.#tell = options.tell;
  }

  async show(command: string, shown: string[]): Promise<void> {
    this.steps.push({ command, shown });
    await this.#tell({ command, shown });
  }

  /** @throws FintechError DEMO_FAILED unless it holds */
  require(holds: boolean, what: string): void {
    if (!holds) throw failed(`this must hold and does not: ${what}`);
  }

  async token(mint: readonly string[]): Promise<string> {
    return (await this.program.run(mint)).trim();
  }

  verdict(sources: readonly string[]): Promise<Verdict> {
    return this.program.json<Verdict>(['verify', ...sources], { mayExit: 3 });
  }

  async post({ path, token, key, body, expect }: Post): Promise<Answer> {
    const answer = await this.#ask(path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== expect)
      throw failed(`POST ${path} answered ${answer.statusCode}, not ${expect}: ${text}`);
    const { title } = JSON.parse(text) as { title?: string };
    return { headers: answer.headers, title };
  }

  async balance(accountId: string, token: string): Promise<number> {
    const answer = await this.#ask(`/v1/ledger/accounts/${accountId}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { balance } = (await answer.body.json()) as { balance: number };
    return balance;
  }

  /** Starts the sandbox, by the driver of the tour whatever this machine has. @returns its units' names */
  async up(): Promise<string[]> {
    this.#started = true;
    const { units } = await this.program.json<{ units: { name: string; url: string }[] }>(
      ['up', '--driver', this.driver, '--detach'],
      { timeoutMs: UP_MS },
    );
    this.#urls = units.map(({ url }) => url);
    return units.map(({ name }) => name);
  }

  /** Stops what was started and deletes its data, also after an interruption, and looks whether it is gone. */
  async stop(): Promise<void> {
    if (!this.#started) return;
    await this.program.end(DOWN);
    for (const url of this.#urls) this.require(!(await answers(url)), `nothing listens at ${url}`);
  }

  async #ask(path: string, options: AskOptions): Promise<Dispatcher.ResponseData> {
    const { signal } = this.#context;
    const url = `${await this.#gatewayUrl()}${path}`;
    const limits = { headersTimeout: HTTP_MS, bodyTimeout: HTTP_MS, signal };
    return request(url, { ...options, ...limits }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw failed(`${url} does not answer: ${messageOf(error)}`);
    });
  }

  async #gatewayUrl(): Promise<string> {
    this.#gateway ??= (await this.program.json<Record<string, string>>(['env']))[
      'FINTECH_GATEWAY_URL'
    ];
    if (this.#gateway === undefined) throw failed('`fintech env` names no gateway');
    return this.#gateway;
  }
}

async function answers(url: string): Promise<boolean> {
  const answer = await request(url, { reset: true, headersTimeout: HTTP_MS }).catch(
    () => undefined,
  );
  await answer?.body.dump();
  return answer !== undefined;
}
