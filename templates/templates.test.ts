import { spawn } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Template } from '../src/scaffold/manifest.ts';
import { parameterValues } from '../src/scaffold/parameters.ts';
import { builtInTemplates } from '../src/scaffold/template-folder.ts';
import { add, init } from '../src/app/scaffold.ts';
import { tokenBench, type TokenBench } from '../src/app/tokens.fixture.ts';
import { settingsOf } from './settings.fixture.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const BIN = join(REPOSITORY, 'node_modules/.bin');
/** A service with fewer tests than this is not tested. */
const LEAST_TESTS = 10;

/** Every template of a service is tried: a new one by being there. */
const templates = await builtInTemplates();
const services = templates.filter(({ manifest }) => manifest.kind === 'service');
const ids = services.map(({ manifest }) => manifest.id);
const workspace = templates.filter(({ manifest }) => manifest.kind === 'workspace');

/** Runs one of the repository's own tools; resolves to its output when it exits with 0. */
async function run(tool: string, args: string[], cwd: string): Promise<string> {
  const child = spawn(join(BIN, tool), args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  if (code !== 0)
    throw new Error(`${tool} ${args.join(' ')} ended with ${String(code)}\n${out}${errors}`);
  return out;
}

/** Our own rules; what node:test returns is watched by its runner. */
function lintRules(): string {
  const config = JSON.parse(readFileSync(join(REPOSITORY, '.oxlintrc.json'), 'utf8')) as {
    rules: Record<string, unknown>;
  };
  const names = ['it', 'describe', 'before', 'after'];
  const known = [{ from: 'package', name: names, package: 'node:test' }];
  config.rules['typescript/no-floating-promises'] = ['error', { allowForKnownSafeCalls: known }];
  return JSON.stringify({ ...config, $schema: undefined });
}

const rounds = Math.max(...templates.map((template) => settingsOf(template).length));

/** A workspace in a folder of its own, with our packages instead of installed ones. */
class Made implements Disposable {
  readonly #bench: TokenBench = tokenBench();
  readonly #round: number;
  readonly root: string = join(this.#bench.context.cwd, 'acme-pay');

  constructor(round = 0) {
    this.#round = round;
  }

  /** The first round makes all at once; later ones add each under another name. */
  get names(): string[] {
    return this.#round === 0 ? ids : ids.map((id) => `other-${id}${this.#round}`);
  }

  /** @returns what became of the files */
  async make(chosen: readonly string[] = ids): Promise<Set<string>> {
    const actions = new Set<string>();
    const isFresh = !existsSync(this.root);
    if (this.#round === 0) await this.#init(chosen, actions);
    else if (isFresh) await this.#init(chosen.slice(0, 1), actions);
    if (this.#round > 0) await this.#addAll(actions);
    if (isFresh) symlinkSync(join(REPOSITORY, 'node_modules'), join(this.root, 'node_modules'));
    return actions;
  }

  async #init(chosen: readonly string[], actions: Set<string>): Promise<void> {
    const given = { directory: 'acme-pay', name: undefined, services: chosen, yes: true };
    const set = workspace.flatMap((template) => this.#settings(template));
    const { data } = await init(this.#bench.context, { ...given, set, dryRun: false });
    for (const { action } of data.files) actions.add(action);
  }

  async #addAll(actions: Set<string>): Promise<void> {
    const inside = { ...this.#bench.context, cwd: this.root };
    for (const [index, template] of services.entries()) {
      const { id } = template.manifest;
      const [name, set] = [this.names[index], this.#settings(template)];
      const { data } = await add(inside, { template: id, name, set, dryRun: false });
      for (const { action } of data.files) actions.add(action);
    }
  }

  #settings(template: Template): string[] {
    const all = settingsOf(template);
    return all[this.#round] ?? all.at(-1) ?? [];
  }

  [Symbol.dispose](): void {
    this.#bench[Symbol.dispose]();
  }
}

describe.each(Array.from({ length: rounds }, (_, round) => round))(
  'a workspace of every service, with its settings of round %i',
  (round) => {
    const made = new Made(round);
    beforeAll(() => made.make());
    afterAll(() => made[Symbol.dispose]());

    it('is as it was when it is made again', async () => {
      expect(await made.make()).toEqual(new Set(['unchanged']));
    });

    it('passes the type checker under strict', async () => {
      expect(await run('tsc', ['-p', '.'], made.root)).toBe('');
    });

    it('passes the linter', async () => {
      const rules = join(made.root, '.oxlintrc.json');
      writeFileSync(rules, lintRules());
      expect(await run('oxlint', ['-c', rules, '--type-aware', 'services'], made.root)).toContain(
        'Found 0 warnings and 0 errors',
      );
    });

    it('is written as the formatter would, but for the lines of fintech.yaml', async () => {
      const rules = ['-c', join(REPOSITORY, '.oxfmtrc.json')];
      const files = ['.', '!fintech.yaml', '!.oxlintrc.json'];
      expect(await run('oxfmt', [...rules, '--check', ...files], made.root)).toContain(
        'correct format',
      );
    });
  },
);

/** Under their own names test/cli/workspace-readme.test.ts runs them. */
describe('a service under another name passes its own tests, and names those that need a sandbox', () => {
  const made = new Made(1);
  beforeAll(() => made.make());
  afterAll(() => made[Symbol.dispose]());

  it.each(made.names)('%s', { timeout: 120_000 }, async (service) => {
    const folder = join(made.root, 'services', service);
    const tests = ['--test', '--test-concurrency=2', '--test-reporter=tap', 'test/**/*.test.ts'];
    const out = await run('node', tests, folder);
    expect(out).toMatch(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(out)?.[1])).toBeGreaterThan(LEAST_TESTS);
    const skipped = `# SKIP needs a sandbox: fintech exec --service ${service} -- npm test`;
    const count = Number(/^# skipped (\d+)$/m.exec(out)?.[1]);
    expect(count).toBeGreaterThan(0);
    expect(out.split(skipped).length - 1).toBe(count);
  });
});

it.each(ids)('a workspace of %s alone passes the type checker under strict', async (id) => {
  using made = new Made();
  await made.make([id]);
  expect(await run('tsc', ['-p', '.'], made.root)).toBe('');
});

describe('every template', () => {
  it.each(templates.map((template) => [template.manifest.id, template] as const))(
    '%s stands in a folder of its id and takes its own defaults',
    (id, template) => {
      expect(template.folder.endsWith(`/templates/${id}`)).toBe(true);
      const set = Object.entries(template.manifest.parameters ?? {}).map(
        ([name, rule]) => `${name}=${String(rule.default)}`,
      );
      expect(parameterValues(template, set)).toEqual(parameterValues(template, []));
    },
  );
});
