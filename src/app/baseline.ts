import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FintechError, hasErrnoCode, messageOf } from '../kernel/errors.ts';
import { validatorOf } from '../kernel/schema.ts';
import { formatInstant, parseInstantMs } from '../kernel/time.ts';
import { type BaselineEntry, type BaselineFile, baselineSchema } from '../model/baseline.ts';
import type { Report } from '../model/verify-report.ts';
import type { CheckCard, Proof } from '../verify/contract.ts';
import { counted } from '../kernel/counted.ts';
import { digestOf } from '../verify/report/digest.ts';
import type { Context } from './context.ts';

export interface BaselineInput {
  file: string;
  /** Whether the findings of this run become the accepted ones. */
  update: boolean;
  /** Who answers for those that are new. */
  owner: string | undefined;
  /** Their last day, such as `2027-03-01`; undefined: in 90 days. */
  expires: string | undefined;
}

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 90;
const MAX_ENTRIES = 10_000;
const validate = validatorOf<BaselineFile>(baselineSchema);

type Entries = ReadonlyMap<string, BaselineEntry>;

/** The findings that a run need not fail for, and what this run has found of them. */
export class Baseline {
  readonly #context: Context;
  readonly #input: BaselineInput;
  readonly #entries: Entries;
  /** What was found, by digest. */
  readonly #found = new Map<string, { check: string; message: string }>();

  private constructor(context: Context, input: BaselineInput, entries: Entries) {
    this.#context = context;
    this.#input = input;
    this.#entries = entries;
  }

  /**
   * Where it is to be updated, the file need not be there yet.
   * @throws FintechError USAGE_INVALID when it cannot be read, CONFIG_INVALID when it is no baseline
   */
  static async open(context: Context, input: BaselineInput): Promise<Baseline> {
    const { accepted } = await readBaseline(context, input);
    return new Baseline(context, input, new Map(accepted.map((entry) => [entry.digest, entry])));
  }

  /** Whether a finding is accepted. A run that updates accepts all that have business keys. */
  accepts({ id }: CheckCard, { keys, message }: Proof): boolean {
    const digest = digestOf(id, keys);
    if (digest === null) return false;
    const entry = this.#entries.get(digest);
    if (entry === undefined && !this.#input.update) return false;
    if (this.#found.size < MAX_ENTRIES || this.#found.has(digest)) {
      this.#found.set(digest, { check: id, message });
    }
    return this.#input.update || (entry !== undefined && !this.#isExpired(entry));
  }

  /**
   * Tells what the baseline no longer fits, or makes it fit.
   * @throws FintechError USAGE_MISSING_VALUE, USAGE_INVALID
   */
  async finish(report: Report, known: readonly CheckCard[]): Promise<void> {
    if (report.interrupted === true) return;
    if (this.#input.update) return this.#save(report);
    for (const entry of this.#entries.values()) {
      const problem = this.#problemOf(entry, { report, known });
      if (problem !== undefined) this.#context.reporter.warn(`${this.#input.file}: ${problem}`);
    }
  }

  #problemOf(
    entry: BaselineEntry,
    { report, known }: { report: Report; known: readonly CheckCard[] },
  ): string | undefined {
    const { check, digest, owner, expires } = entry;
    const what = `the finding ${digest.slice(0, 12)} of ${check}, which ${owner} answers for,`;
    if (!known.some(({ id }) => id === check)) return `${what} is of a check that there is not`;
    if (this.#found.has(digest)) {
      return this.#isExpired(entry) ? `${what} was accepted until ${expires}` : undefined;
    }
    const isSure = report.checks.some(
      ({ id, verdict }) => id === check && verdict !== 'inconclusive',
    );
    return isSure ? `${what} is found no more: --update-baseline drops it` : undefined;
  }

  async #save(report: Report): Promise<void> {
    const made = new Set(report.checks.map(({ id }) => id));
    const others = [...this.#entries.values()].filter(({ check }) => !made.has(check));
    const found = [...this.#found].map(([digest, { check, message }]): BaselineEntry => {
      const before = this.#entries.get(digest);
      if (before !== undefined && !this.#isExpired(before)) return before;
      return { check, digest, message, owner: this.#owner(check), expires: this.#lastDay() };
    });
    const accepted = [...others, ...found].toSorted(byCheck);
    if (accepted.length >= MAX_ENTRIES) {
      throw new FintechError(
        'USAGE_INVALID',
        `there are ${MAX_ENTRIES} findings or more to accept`,
        {
          hint: 'A baseline is for what is known. Leave the checks out that find so much: --skip',
        },
      );
    }
    const { file } = this.#input;
    await writeFile(
      resolve(this.#context.cwd, file),
      `${JSON.stringify({ accepted }, null, 2)}\n`,
    ).catch((error: unknown) => refuse(`cannot write the baseline ${file}`, error));
    const left = report.checks.reduce((sum, check) => sum + check.found, 0);
    if (left > 0) {
      this.#context.reporter.warn(
        `${file}: ${counted(left, 'findings')} without business keys cannot be accepted`,
      );
    }
  }

  #isExpired({ expires }: BaselineEntry): boolean {
    return this.#context.clock.now() >= (parseInstantMs(expires) ?? 0) + DAY_MS;
  }

  #owner(check: string): string {
    const { owner } = this.#input;
    if (owner !== undefined && owner !== '') return owner;
    throw new FintechError(
      'USAGE_MISSING_VALUE',
      `nobody answers for the new finding of ${check}`,
      {
        hint: 'Say who: --owner payments-team',
      },
    );
  }

  #lastDay(): string {
    const inDays = this.#context.clock.now() + DEFAULT_DAYS * DAY_MS;
    return this.#input.expires ?? formatInstant(inDays).slice(0, 10);
  }
}

async function readBaseline(
  { cwd }: Context,
  { file, update }: BaselineInput,
): Promise<BaselineFile> {
  const text = await readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
    if (update && hasErrnoCode(error, 'ENOENT')) return '{"accepted":[]}';
    return refuse(`cannot read the baseline ${file}`, error);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`${file} is no JSON: ${messageOf(error)}`);
  }
  const read = validate(value);
  if (read.ok) return read.value;
  throw invalid(
    `${file} is no baseline: ${read.violations.map(({ path, message }) => `${path} ${message}`.trim()).join('; ')}`,
  );
}

function byCheck(a: BaselineEntry, b: BaselineEntry): number {
  return a.check === b.check ? (a.digest < b.digest ? -1 : 1) : a.check < b.check ? -1 : 1;
}

function invalid(message: string): FintechError {
  return new FintechError('CONFIG_INVALID', message, {
    hint: 'Make it anew: fintech verify --baseline <file> --update-baseline --owner <name>',
  });
}

function refuse(what: string, error: unknown): never {
  throw new FintechError('USAGE_INVALID', `${what}: ${messageOf(error)}`, {
    hint: 'Name a file in a folder that exists; --update-baseline makes one.',
    cause: error,
  });
}
