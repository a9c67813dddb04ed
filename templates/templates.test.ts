import { spawn } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parameterValues } from '../src/scaffold/parameters.ts';
import { builtInTemplates } from '../src/scaffold/template-folder.ts';
import { add, init } from '../src/app/scaffold.ts';
import { tokenBench, type TokenBench } from '../src/app/tokens.fixture.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const BIN = join(REPOSITORY, 'node_modules/.bin');

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

describe.each([
  { set: [] as string[], service: 'ledger', serviceSet: [] as string[] },
  { set: ['ci=none'], service: 'general-ledger2', serviceSet: ['dockerfile=false'] },
])('a workspace made with $set, and $service with $serviceSet', ({ set, service, serviceSet }) => {
  let bench: TokenBench;
  let root: string;

  beforeAll(async () => {
    bench = tokenBench();
    const { context } = bench;
    const given = { directory: 'acme-pay', name: undefined, services: ['ledger'], yes: true };
    const { data } = await init(context, { ...given, set, dryRun: false });
    ({ root } = data);
    const inside = { ...context, cwd: root };
    await add(inside, { template: 'ledger', name: service, set: serviceSet, dryRun: false });
    symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  });
  afterAll(() => bench[Symbol.dispose]());

  it('passes the type checker under strict', async () => {
    expect(await run('tsc', ['-p', '.'], root)).toBe('');
  });

  it('passes the linter', async () => {
    writeFileSync(join(root, '.oxlintrc.json'), lintRules());
    expect(await run('oxlint', ['--type-aware', 'services'], root)).toContain(
      'Found 0 warnings and 0 errors',
    );
  });

  it('is written as the formatter would', async () => {
    const rules = ['-c', join(REPOSITORY, '.oxfmtrc.json')];
    const files = ['services', 'tsconfig.json', 'package.json'];
    expect(await run('oxfmt', [...rules, '--check', ...files], root)).toContain('correct format');
  });

  it('passes its own tests, and names those that need a sandbox', async () => {
    const folder = join(root, 'services', service);
    const out = await run('node', ['--test', '--test-reporter=tap', 'test/**/*.test.ts'], folder);
    expect(out).toMatch(/^# fail 0$/m);
    expect(out).toMatch(/^# skipped 3$/m);
    expect(Number(/^# pass (\d+)$/m.exec(out)?.[1])).toBeGreaterThan(100);
    expect(out).toContain(`# SKIP needs a sandbox: fintech exec --service ${service} -- npm test`);
  }, 60_000);
});

describe('every template', () => {
  it('stands in a folder of its id and takes its own defaults', async () => {
    for (const template of await builtInTemplates()) {
      const { manifest } = template;
      expect(template.folder.endsWith(`/templates/${manifest.id}`)).toBe(true);
      const set = Object.entries(manifest.parameters ?? {}).map(
        ([name, rule]) => `${name}=${String(rule.default)}`,
      );
      expect(parameterValues(template, set)).toEqual(parameterValues(template, []));
    }
  });
});
