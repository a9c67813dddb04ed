import { execa } from 'execa';
import { request } from 'undici';
import { FintechError } from '../kernel/errors.ts';
import type { Context } from './context.ts';

const COMMAND_MS = 60_000;
const HTTP_MS = 10_000;

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

interface Answer {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of problem details. */
  title: string | undefined;
}

/** The demo's hands: runs this very program, speaks HTTP, and fails when something is not as it must be. */
export class Tour {
  readonly steps: TourStep[] = [];
  readonly folder: string;
  readonly root: string;
  readonly #context: Context;
  readonly #tell: (step: TourStep) => Promise<void>;
  #gateway: string | undefined;
  #started = false;
  #urls: string[] = [];

  constructor(
    context: Context,
    options: { folder: string; root: string; tell: (step: TourStep) => Promise<void> },
  ) {
    this.#context = context;
    this.folder = options.folder;
    this.root = options.root;
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

  /** Runs a command of this program. @returns its stdout */
  async run(
    args: readonly string[],
    options: { where?: string; mayExit?: number } = {},
  ): Promise<string> {
    const { self, signal } = this.#context;
    signal.throwIfAborted();
    const { stdout, stderr, exitCode } = await execa(self.node, [self.entry, ...args], {
      cwd: options.where ?? this.root,
      stdin: 'ignore',
      reject: false,
      timeout: COMMAND_MS,
      stripFinalNewline: false,
      maxBuffer: 1e8,
    });
    signal.throwIfAborted();
    if (exitCode === 0 || (exitCode !== undefined && exitCode === options.mayExit)) return stdout;
    throw failed(
      `\`fintech ${args.join(' ')}\` ended with ${exitCode ?? 'a time-out'}:\n${stderr}${stdout}`,
    );
  }

  /** `data` of a command's `--json`. */
  async json<Data>(args: readonly string[], options: { mayExit?: number } = {}): Promise<Data> {
    const { data } = JSON.parse(await this.run([...args, '--json'], options)) as { data: Data };
    return data;
  }

  async token(mint: readonly string[]): Promise<string> {
    return (await this.run(mint)).trim();
  }

  verdict(sources: readonly string[]): Promise<Verdict> {
    return this.json<Verdict>(['verify', ...sources], { mayExit: 3 });
  }

  async post({ path, token, key, body, expect }: Post): Promise<Answer> {
    const answer = await request(`${await this.#gatewayUrl()}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
      headersTimeout: HTTP_MS,
      bodyTimeout: HTTP_MS,
      signal: this.#context.signal,
    });
    const text = await answer.body.text();
    if (answer.statusCode !== expect)
      throw failed(`POST ${path} answered ${answer.statusCode}, not ${expect}: ${text}`);
    const { title } = JSON.parse(text) as { title?: string };
    return { headers: answer.headers, title };
  }

  async balance(accountId: string, token: string): Promise<number> {
    const answer = await request(`${await this.#gatewayUrl()}/v1/ledger/accounts/${accountId}`, {
      headers: { authorization: `Bearer ${token}` },
      headersTimeout: HTTP_MS,
      bodyTimeout: HTTP_MS,
    });
    const { balance } = (await answer.body.json()) as { balance: number };
    return balance;
  }

  /** Starts the sandbox. @returns the names of its units */
  async up(): Promise<string[]> {
    this.#started = true;
    const { units } = await this.json<{ units: { name: string; url: string }[] }>([
      'up',
      '--detach',
    ]);
    this.#urls = units.map(({ url }) => url);
    return units.map(({ name }) => name);
  }

  /** Stops what was started, even when the tour was interrupted, and looks whether it is gone. */
  async stop(): Promise<void> {
    if (!this.#started) return;
    const { self } = this.#context;
    const options = { cwd: this.root, stdin: 'ignore', timeout: COMMAND_MS } as const;
    await execa(self.node, [self.entry, 'down'], options);
    for (const url of this.#urls) this.require(!(await answers(url)), `nothing listens at ${url}`);
  }

  async #gatewayUrl(): Promise<string> {
    this.#gateway ??= (await this.json<Record<string, string>>(['env']))['FINTECH_GATEWAY_URL'];
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

function failed(message: string): FintechError {
  return new FintechError('DEMO_FAILED', message, {
    hint: 'Run `fintech demo --verbose` and report what it prints.',
  });
}
