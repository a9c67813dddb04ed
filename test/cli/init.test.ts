import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScaffoldData } from '../../src/app/scaffold-plan.ts';
import { fintech, fintechJson, temporaryFolder, write } from './program.ts';
import { CTRL_C, DOWN, ENTER, Terminal } from './terminal.ts';

let folder: ReturnType<typeof temporaryFolder>;
let cwd: string;
beforeEach(() => {
  folder = temporaryFolder();
  cwd = folder.path;
});
afterEach(() => folder[Symbol.dispose]());

const NAME = 'Name of the workspace';
const SERVICES = 'Services to start with';
const CI = 'Which CI gets a workflow';

describe.skipIf(process.platform !== 'linux')('init on a terminal', () => {
  it('asks for name, services and CI, shows what it will write, and writes it', async () => {
    const home = join(cwd, '1 Café Bank');
    mkdirSync(home);
    const terminal = new Terminal(['init'], home);
    await terminal.answer(`${NAME} (caf-bank)`, `\u0015Not a name${ENTER}`);
    await terminal.answer('A name has 1 to 40 of a-z', `\u0015acme${ENTER}`);
    await terminal.answer('ledger', ENTER);
    await terminal.answer(CI, `${DOWN}${ENTER}`);
    await terminal.answer('files to', ENTER);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.shown).toMatch(/services\/ledger\/ {2}\d+ files[^]*Write these \d+ files to/);
    expect(readFileSync(join(home, 'fintech.yaml'), 'utf8')).toContain('name: acme');
    expect(readdirSync(join(home, 'services'))).toEqual(['ledger']);
    expect(existsSync(join(home, '.github'))).toBe(false);
  });

  it('asks for nothing that a flag gave', async () => {
    const flags = ['--name', 'acme', '--services', 'ledger', '--set', 'ci=none'];
    const terminal = new Terminal(['init', ...flags], cwd);
    await terminal.answer('files to', `n${ENTER}`);
    expect(await terminal.exitCode()).toBe(2);
    expect(terminal.shown).toContain('nothing was written');
    for (const question of [NAME, SERVICES, CI]) expect(terminal.shown).not.toContain(question);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('asks for nothing with --yes', async () => {
    const terminal = new Terminal(['init', 'acme', '--yes'], cwd);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.shown).not.toContain('?');
    expect(readdirSync(join(cwd, 'acme/services'))).toEqual(['ledger']);
  });

  it.each([
    [[[NAME, CTRL_C]]],
    [
      [
        [NAME, `acme${ENTER}`],
        [SERVICES, CTRL_C],
      ],
    ],
    [
      [
        [NAME, `acme${ENTER}`],
        [SERVICES, ENTER],
        [CI, CTRL_C],
      ],
    ],
    [
      [
        [NAME, `acme${ENTER}`],
        [SERVICES, ENTER],
        [CI, ENTER],
        ['files to', CTRL_C],
      ],
    ],
  ])('is interrupted by Ctrl-C at a question, and leaves nothing: %j', async (answers) => {
    const terminal = new Terminal(['init'], cwd);
    for (const [question = '', keys = ''] of answers) await terminal.answer(question, keys);
    expect(await terminal.exitCode()).toBe(130);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('init without a terminal', () => {
  it.each([
    [['init'], '--name'],
    [['init', 'acme'], '--services'],
    [['init', '--name', 'acme'], '--services'],
  ])('%j exits 2 and names the flag %s', async (args, flag) => {
    const { exitCode, error } = await fintechJson(args, { cwd });
    expect([exitCode, error?.code, error?.details]).toEqual([2, 'USAGE_MISSING_VALUE', { flag }]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('takes its parameters, and those of its services, from --set', async () => {
    const flags = ['--services', 'ledger', '--set', 'ci=none', '--set', 'ledger.dockerfile=false'];
    expect(await fintech(['init', 'acme', ...flags], { cwd })).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(cwd, 'acme/services/ledger/Dockerfile'))).toBe(false);
    const wrong = await fintech(['init', 'b', '--services', 'ledger', '--set', 'dockerfle=false'], {
      cwd,
    });
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('Parameters here: ci, ledger.dockerfile');
  });
});

describe('add', () => {
  const add = (...args: string[]) =>
    fintechJson<ScaffoldData>(['add', ...args], { cwd: join(cwd, 'acme') });
  const config = () => readFileSync(join(cwd, 'acme/fintech.yaml'), 'utf8');
  const template = (changes: object = {}) =>
    JSON.stringify({
      schemaVersion: 1,
      id: 'mine',
      kind: 'service',
      description: 'mine',
      files: [{ from: 'main.ts', to: 'services/{{name}}/src/main.ts' }],
      config: { routes: [{ path: '/v1/mine', service: '{{name}}', public: true }] },
      ...changes,
    });

  beforeEach(async () => {
    await fintech(['init', 'acme', '--services', 'ledger', '--yes'], { cwd });
  });

  it('takes a folder, relative from anywhere or absolute, with our parts in it', async () => {
    write(join(cwd, 'mine/files/main.ts'), '');
    write(join(cwd, 'mine/template.json'), template({ parts: ['core'] }));
    const twice = await add('../mine', 'fees');
    expect(twice.error?.message).toContain('services/fees/src/main.ts is made twice');
    const files = [{ from: 'main.ts', to: 'services/{{name}}/src/names.ts' }];
    write(join(cwd, 'mine/template.json'), template({ parts: ['core'], files }));
    expect(await add('../mine', 'fees', '--dry-run')).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(cwd, 'acme/services/fees'))).toBe(false);
    const below = join(cwd, 'acme/services');
    const relative = await fintechJson(['add', '../../mine', 'fees'], { cwd: below });
    expect(relative).toMatchObject({ exitCode: 0 });
    expect(await add(join(cwd, 'mine'), 'fees')).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(cwd, 'acme/services/fees/src/main.ts'))).toBe(true);
    expect(readFileSync(join(cwd, 'acme/fintech.template.json'), 'utf8')).toContain('"../mine"');
    const taken = await add('../mine', 'dues');
    expect(taken.error?.message).toContain('leads /v1/mine to the service "fees" already');
  });

  it('lists every file in the way, and writes none', async () => {
    const before = config();
    for (const name of ['package.json', 'src/main.ts']) {
      write(join(cwd, 'acme/services/books', name), 'mine');
    }
    const { exitCode, error } = await add('ledger', 'books');
    expect(exitCode).toBe(2);
    const paths = ['services/books/package.json', 'services/books/src/main.ts'];
    expect(error).toMatchObject({
      code: 'SCAFFOLD_CONFLICT',
      details: {
        paths: expect.toSatisfy(
          (all: string[]) => String(all.toSorted()) === String(paths),
        ) as string[],
      },
    });
    expect(config()).toBe(before);
    expect(readdirSync(join(cwd, 'acme/services/books'))).toEqual(['package.json', 'src']);
  });

  it('shows with --dry-run what it would write, and the lines of fintech.yaml', async () => {
    const before = config();
    const { stdout } = await fintech(['add', 'ledger', 'books', '--dry-run'], {
      cwd: join(cwd, 'acme'),
    });
    expect(stdout).toMatch(/Would write \d+ files[^]*~ fintech.yaml[^]*\+ services\/books\//);
    expect(stdout).toContain('  +   books: { path: services/books }');
    expect(config()).toBe(before);
  });

  it.each([
    { named: './services', what: 'a folder without a manifest', why: 'has no template.json' },
    { named: './nix', what: 'a folder that is not there', why: 'has no template.json' },
    { named: 'mine', what: 'a folder named like a template', why: 'Did you mean "./mine"?' },
    { named: '../ws', what: 'a template of a workspace', why: 'a template of a workspace' },
    { named: '../broken', what: 'a manifest that is no JSON', why: 'broken/template.json' },
  ])('refuses $what', async ({ named, why }) => {
    write(join(cwd, 'acme/mine/template.json'), template());
    write(join(cwd, 'ws/template.json'), template({ kind: 'workspace' }));
    write(join(cwd, 'broken/template.json'), '{');
    const { exitCode, error } = await add(named, 'fees');
    expect(exitCode).toBe(2);
    expect(error?.message).toContain(why);
    expect(existsSync(join(cwd, 'acme/services/fees'))).toBe(false);
  });
});
