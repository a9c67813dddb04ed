import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Prompts } from '../kernel/prompts.ts';
import type { Context } from './context.ts';
import { add, init, type InitInput, listTemplates } from './scaffold.ts';
import { tokenBench, type TokenBench } from './tokens.fixture.ts';

let bench: TokenBench;
let context: Context;
let cwd: string;
beforeEach(() => {
  bench = tokenBench();
  ({ context } = bench);
  ({ cwd } = context);
});
afterEach(() => bench[Symbol.dispose]());

const INIT: InitInput = {
  directory: 'bank',
  name: undefined,
  services: ['ledger'],
  set: [],
  yes: false,
  dryRun: false,
};
const ADD = { template: 'ledger', name: undefined, set: [], dryRun: false };

function inside(folder: string): Context {
  return { ...context, cwd: join(cwd, folder) };
}

function text(...path: string[]): string {
  return readFileSync(join(cwd, ...path), 'utf8');
}

function actions(files: { action: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action } of files) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

describe('init', () => {
  it('makes a workspace with its service, and says what to run next', async () => {
    const { data } = await init(context, INIT);
    expect(data).toMatchObject({ name: 'bank', services: ['ledger'], root: join(cwd, 'bank') });
    expect(data.next[0]).toBe('cd bank');
    expect(text('bank/package.json')).toContain('"@bank/workspace"');
    expect(text('bank/services/ledger/src/names.ts')).toContain("WORKSPACE = 'bank'");
    expect(text('bank/README.md')).toContain('fintech-sandbox@0.0.0');
    expect(existsSync(join(cwd, 'bank/.gitignore'))).toBe(true);
    expect(JSON.parse(text('bank/fintech.template.json'))).toEqual({
      schemaVersion: 1,
      fintech: '0.0.0',
      workspace: { template: 'workspace', parameters: { ci: 'github' } },
      services: { ledger: { template: 'ledger', parameters: { dockerfile: true } } },
    });
  });

  it('leaves no placeholder behind', async () => {
    const { data } = await init(context, INIT);
    const left = data.files.filter(({ path }) => /\{\{[a-z]/.test(text('bank', path)));
    expect(left).toEqual([]);
  });

  it('changes nothing the second time', async () => {
    const first = await init(context, INIT);
    const again = await init(context, INIT);
    expect(actions(again.data.files)).toEqual({ unchanged: first.data.files.length });
  });

  it('writes nothing with --dry-run', async () => {
    const { data } = await init(context, { ...INIT, dryRun: true });
    expect(actions(data.files)).toEqual({ create: data.files.length });
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('minds only files of the same path, and lists them', async () => {
    mkdirSync(join(cwd, 'bank'));
    writeFileSync(join(cwd, 'bank/notes.txt'), 'mine');
    await init(context, INIT);
    writeFileSync(join(cwd, 'bank/README.md'), 'my own');
    const before = readdirSync(join(cwd, 'bank')).length;
    await expect(init(context, { ...INIT, services: ['ledger'] })).rejects.toMatchObject({
      code: 'SCAFFOLD_CONFLICT',
      details: { paths: ['README.md'] },
    });
    expect(readdirSync(join(cwd, 'bank')).length).toBe(before);
    expect(text('bank/notes.txt')).toBe('mine');
  });

  it('gives an existing repository its fintech.yaml and nothing else', async () => {
    await init(context, { ...INIT, directory: '.', services: [], name: 'shop' });
    expect(readdirSync(cwd)).toEqual(['fintech.yaml']);
    expect(text('fintech.yaml')).toContain('name: shop');
  });

  it('takes its parameters', async () => {
    await init(context, { ...INIT, set: ['ci=none'] });
    expect(existsSync(join(cwd, 'bank/.github'))).toBe(false);
  });

  it('leaves nothing when it is interrupted', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'));
    await expect(init({ ...context, signal }, INIT)).rejects.toThrow(/interrupted/);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each(['My Bank', '../bank', '9bank', 'bank-', '', 'x'.repeat(41), 'bänk', 'a/b', '{{name}}'])(
    'refuses the name %j and writes nothing',
    async (name) => {
      await expect(init(context, { ...INIT, name })).rejects.toMatchObject({
        code: 'SCAFFOLD_INVALID_NAME',
      });
      expect(readdirSync(cwd)).toEqual([]);
    },
  );

  it('adds the services that the chosen ones call, says so, and tells how to use them all', async () => {
    const { data } = await init(context, { ...INIT, services: ['payments'] });
    expect(data.services).toEqual(['ledger', 'payments']);
    expect(bench.notes).toEqual(['payments calls ledger, which is added too']);
    const readme = text('bank/README.md');
    expect(readme.indexOf('/v1/ledger/transactions')).toBeGreaterThan(0);
    expect(readme.indexOf('/v1/payments')).toBeGreaterThan(readme.indexOf('/v1/ledger/tr'));
    await init(context, { ...INIT, directory: 'other' });
    expect(text('other/README.md')).not.toContain('/v1/payments');
  });

  it('suggests the template that was meant', async () => {
    await expect(init(context, { ...INIT, services: ['leger'] })).rejects.toMatchObject({
      code: 'SCAFFOLD_UNKNOWN_TEMPLATE',
      message: expect.stringContaining('Did you mean "ledger"?') as string,
    });
    await expect(init(context, { ...INIT, services: ['workspace'] })).rejects.toMatchObject({
      code: 'SCAFFOLD_UNKNOWN_TEMPLATE',
    });
  });

  describe('asks', () => {
    function asking(agrees = true): { prompts: Prompts; flags: string[] } {
      const flags: string[] = [];
      const prompts: Prompts = {
        interactive: true,
        text: async ({ flag, initial }) => {
          flags.push(flag);
          return `${initial}-asked`;
        },
        select: async ({ flag, choices, initial }) => {
          flags.push(flag);
          return choices.find((choice) => choice !== initial) ?? initial;
        },
        choose: async ({ flag, choices }) => {
          flags.push(flag);
          return choices.filter(({ chosen }) => chosen).map(({ value }) => value);
        },
        confirm: async ({ flag }) => {
          flags.push(flag);
          return agrees;
        },
      };
      return { prompts, flags };
    }

    it('for what no flag gave', async () => {
      const { prompts, flags } = asking();
      const given = { ...INIT, directory: undefined, services: undefined };
      const { data } = await init({ ...context, prompts }, given);
      expect(flags).toEqual(['--name', '--services', '--set ci=', '--yes']);
      expect(data).toMatchObject({ name: 'work-asked', services: ['ledger'], root: cwd });
      expect(existsSync(join(cwd, '.github'))).toBe(false);
      expect(bench.notes).toContain('  + README.md');
    });

    it('for nothing that a flag gave', async () => {
      const { prompts, flags } = asking();
      await init({ ...context, prompts }, { ...INIT, set: ['ci=github'] });
      expect(flags).toEqual(['--yes']);
      expect(existsSync(join(cwd, 'bank/.github'))).toBe(true);
    });

    it('before it writes, and writes nothing when told so', async () => {
      const { prompts } = asking(false);
      await expect(init({ ...context, prompts }, INIT)).rejects.toMatchObject({
        code: 'USAGE_NEEDS_CONFIRMATION',
      });
      expect(readdirSync(cwd)).toEqual([]);
    });

    it('to write nothing with --dry-run, and nothing of what is there', async () => {
      const { prompts, flags } = asking(false);
      await init({ ...context, prompts }, { ...INIT, set: ['ci=none'], dryRun: true });
      await init(context, { ...INIT, set: ['ci=none'] });
      await init({ ...context, prompts }, { ...INIT, set: ['ci=none'] });
      expect(flags).toEqual([]);
    });

    it('for nothing with --yes', async () => {
      const { prompts, flags } = asking();
      const given = { ...INIT, directory: undefined, services: undefined, yes: true };
      const { data } = await init({ ...context, prompts }, given);
      expect(flags).toEqual([]);
      expect(data).toMatchObject({ name: 'work', services: ['ledger'] });
    });
  });
});

describe('add', () => {
  it('adds a service under another name: files, route, client, record', async () => {
    await init(context, INIT);
    const { data } = await add(inside('bank'), {
      ...ADD,
      name: 'books',
      set: ['dockerfile=false'],
    });
    expect(actions(data.files)).toMatchObject({ update: 2 });
    expect(existsSync(join(cwd, 'bank/services/books/Dockerfile'))).toBe(false);
    expect(text('bank/services/books/src/names.ts')).toContain("SERVICE = 'books'");
    expect(text('bank/fintech.yaml')).toContain('path: /v1/books/transactions');
    expect(JSON.parse(text('bank/fintech.template.json'))).toMatchObject({
      services: {
        ledger: { template: 'ledger' },
        books: { template: 'ledger', parameters: { dockerfile: false } },
      },
    });
  });

  it('changes nothing the second time', async () => {
    await init(context, INIT);
    const { data } = await add(inside('bank'), ADD);
    expect(actions(data.files)).toEqual({ unchanged: data.files.length });
  });

  it('works from a folder below, on a fintech.yaml alone', async () => {
    await init(context, { ...INIT, services: [] });
    mkdirSync(join(cwd, 'bank/docs'));
    const { data } = await add(inside('bank/docs'), ADD);
    expect(data.root).toBe(join(cwd, 'bank'));
    expect(data.next).toEqual([
      'npm install --prefix services/ledger',
      'npm test --prefix services/ledger',
      'fintech up',
    ]);
    expect(existsSync(join(cwd, 'bank/services/ledger/src/main.ts'))).toBe(true);
  });

  it('takes a template of the user like one of ours', async () => {
    await init(context, INIT);
    const mine = join(cwd, 'mine');
    mkdirSync(join(mine, 'files'), { recursive: true });
    writeFileSync(join(mine, 'files/main.ts'), '// {{name}} of {{workspace}}\n');
    const route = { path: '/v1/{{name}}', service: '{{name}}', public: true };
    const manifest = {
      schemaVersion: 1,
      id: 'mine',
      kind: 'service',
      description: 'mine',
      files: [{ from: 'main.ts', to: 'services/{{name}}/src/main.ts' }],
      config: { routes: [route] },
    };
    writeFileSync(join(mine, 'template.json'), JSON.stringify(manifest));
    await add(inside('bank'), { ...ADD, template: '../mine', name: 'fees' });
    expect(text('bank/services/fees/src/main.ts')).toBe('// fees of bank\n');
    expect(text('bank/fintech.yaml')).toContain('path: /v1/fees');
  });

  it('refuses a template whose part of fintech.yaml cannot be', async () => {
    await init(context, INIT);
    const mine = join(cwd, 'mine');
    mkdirSync(join(mine, 'files'), { recursive: true });
    const manifest = {
      schemaVersion: 1,
      id: 'mine',
      kind: 'service',
      description: 'mine',
      files: [],
      config: { routes: [{ path: '/v1/open', service: 'mine' }] },
    };
    writeFileSync(join(mine, 'template.json'), JSON.stringify(manifest));
    const before = text('bank/fintech.yaml');
    await expect(add(inside('bank'), { ...ADD, template: '../mine' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    expect(text('bank/fintech.yaml')).toBe(before);
  });

  it.each([
    'gateway',
    '../x',
    'Ledger',
    'a b',
    'node_modules',
    '.',
    'x;rm',
    'consul',
    'fintech-cli',
    'workspace',
  ])('refuses the name %j', async (name) => {
    await init(context, { ...INIT, services: [] });
    await expect(add(inside('bank'), { ...ADD, name })).rejects.toMatchObject({
      code: 'SCAFFOLD_INVALID_NAME',
    });
    expect(existsSync(join(cwd, 'bank/services'))).toBe(false);
  });

  it('refuses outside a workspace, and a template that makes one', async () => {
    await expect(add(context, ADD)).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND' });
    await init(context, { ...INIT, services: [] });
    await expect(add(inside('bank'), { ...ADD, template: 'workspace' })).rejects.toMatchObject({
      code: 'SCAFFOLD_UNKNOWN_TEMPLATE',
    });
  });

  it('says which services are missing that this one calls, and how to add them', async () => {
    await init(context, { ...INIT, services: ['service'] });
    const alone = await add(inside('bank'), { ...ADD, template: 'payments' });
    expect(bench.warnings).toEqual(['payments calls ledger, which is no service here']);
    expect(alone.data.next[0]).toBe('fintech add ledger');
    await add(inside('bank'), ADD);
    await add(inside('bank'), { ...ADD, template: 'payments', name: 'transfers' });
    const set = ['ledger=books'];
    const other = await add(inside('bank'), { ...ADD, template: 'payments', name: 'x', set });
    expect(bench.warnings.slice(1)).toEqual(['x calls books, which is no service here']);
    expect(other.data.next).not.toContain('fintech add books');
  });

  it('says when another version of fintech made the workspace', async () => {
    await init({ ...context, version: '9.9.9' }, INIT);
    await add(inside('bank'), { ...ADD, name: 'books' });
    expect(bench.warnings).toEqual(['this workspace was made by fintech 9.9.9; this is 0.0.0']);
    expect(text('bank/fintech.template.json')).toContain('"fintech": "9.9.9"');
  });
});

it('lists every template with its parameters, what is needed first', async () => {
  const { data } = await listTemplates();
  const ids = data.map(({ id, kind }) => `${kind} ${id}`);
  expect([ids[0], ids.at(-1)]).toEqual(['service ledger', 'workspace workspace']);
  expect(data[0]?.parameters.map(({ name }) => name)).toContain('dockerfile');
  for (const [place, { id, needs }] of data.entries()) {
    const before = new Set(data.slice(0, place).map((other) => other.id));
    expect(
      needs.filter((need) => !before.has(need)),
      `${id} stands after its needs`,
    ).toEqual([]);
  }
});
