import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

interface Import {
  from: string;
  /** A path inside the repository, or a package's name. */
  to: string;
  typeOnly: boolean;
  dynamic: boolean;
}

/** Matches static imports and exports (group 1: `type`, group 2: target) and dynamic imports (group 3). */
const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^'"]*?from\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, type, target, lazy]) => {
    const specifier = target ?? lazy ?? '';
    const to = specifier.startsWith('.')
      ? normalize(join(dirname(file), specifier))
      : specifier.replace(/^((?:@[^/]+\/)?[^/]+).*$/, '$1');
    return { from: file, to, typeOnly: type !== undefined, dynamic: lazy !== undefined };
  });
}

const isTest = (file: string) => /\.(?:test|conformance|fixture|live\.test)\.ts$/.test(file);
const sources = globSync('src/**/*.ts', { cwd: ROOT }).sort();
const production = sources.filter((file) => !isTest(file) && !file.includes('/testing/'));
const imports = production.flatMap(importsOf);

/** The area a file belongs to: `kernel`, `runtime/gateway`, `main` … */
function areaOf(file: string): string {
  const [, first = '', second = ''] = file.split('/');
  if (first.endsWith('.ts')) return 'main';
  return first === 'runtime' ? `runtime/${second}` : first;
}

/** Which areas an area may import, beside itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  model: ['kernel'],
  'runtime/access': ['model', 'kernel'],
  'runtime/registry': ['runtime/access', 'model', 'kernel'],
  'runtime/identity': ['runtime/access', 'model', 'kernel'],
  'runtime/eventstore': ['runtime/access', 'model', 'kernel'],
  'runtime/gateway': ['runtime/access', 'model', 'kernel'],
  'runtime/sandbox': [
    'runtime/registry',
    'runtime/identity',
    'runtime/eventstore',
    'runtime/gateway',
    'runtime/access',
    'model',
    'kernel',
  ],
  verify: ['model', 'kernel'],
  scaffold: ['model', 'kernel'],
  output: ['model', 'kernel'],
  app: [
    'runtime/sandbox',
    'runtime/registry',
    'runtime/identity',
    'runtime/eventstore',
    'runtime/gateway',
    'verify',
    'scaffold',
    'model',
    'kernel',
  ],
  commands: ['app', 'model', 'kernel'],
};

const COMPONENT_AREAS = new Set(
  ['registry', 'identity', 'eventstore', 'gateway'].map((name) => `runtime/${name}`),
);

/** npm package to the only places that may import it. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  ajv: ['kernel'],
  'ajv-formats': ['kernel'],
  'fastest-levenshtein': ['kernel'],
  chalk: ['output'],
  inquirer: ['output'],
  'log-update': ['output'],
  commander: ['commands', 'main'],
  'csv-parse': ['verify'],
  dockerode: ['runtime/sandbox'],
  execa: ['runtime/sandbox', 'app'],
  fastify: ['runtime/registry', 'runtime/eventstore', 'runtime/sandbox'],
  jose: ['runtime/access', 'runtime/identity'],
  'json-schema-to-ts': ['model'],
  'oidc-provider': ['runtime/identity'],
  'openid-client': ['app'],
  pg: ['kernel'],
  'pg-cursor': ['kernel'],
  'prom-client': ['runtime/registry', 'runtime/identity', 'runtime/eventstore', 'runtime/gateway'],
  saxes: ['verify'],
  'tar-stream': ['runtime/sandbox'],
  tinyglobby: ['verify', 'scaffold', 'app'],
  undici: ['runtime/access', 'runtime/gateway', 'runtime/identity', 'runtime/sandbox', 'app'],
  yaml: ['model', 'scaffold', 'runtime/sandbox'],
};

const isOurs = (target: string) => target.startsWith('src/') || target === 'package.json';
const isNode = (target: string) => target.startsWith('node:');

describe('the direction of imports', () => {
  it('reads every source', () => {
    expect(production.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(production.length);
  });

  it('goes from main down to the kernel, and never up or sideways', () => {
    const wrong = imports
      .filter(({ from, to }) => to.startsWith('src/') && areaOf(from) !== 'main')
      .filter(({ from, to }) => {
        const area = areaOf(from);
        return area !== areaOf(to) && !(ALLOWED[area] ?? []).includes(areaOf(to));
      })
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(wrong).toEqual([]);
  });

  it('reaches a component from app by its public file, and from the sandbox by its serve file', () => {
    const doors: Readonly<Record<string, string>> = {
      app: 'public.ts',
      'runtime/sandbox': 'serve.ts',
    };
    const wrong = imports
      .filter(
        ({ from, to }) => doors[areaOf(from)] !== undefined && COMPONENT_AREAS.has(areaOf(to)),
      )
      .filter(({ from, to }) => to !== `src/${areaOf(to)}/${doors[areaOf(from)]}`)
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(wrong).toEqual([]);
  });

  it('lets commands load their use case only when they run', () => {
    const wrong = imports
      .filter(({ from, to }) => areaOf(from) === 'commands' && areaOf(to) === 'app')
      .filter(({ typeOnly, dynamic }) => !typeOnly && !dynamic)
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(wrong).toEqual([]);
  });
});

describe('npm packages', () => {
  const npm = imports.filter(({ to }) => !isOurs(to) && !isNode(to));

  it('are imported only where the table allows them', () => {
    const wrong = npm
      .filter(({ from, to }) => !(PACKAGES[to] ?? []).includes(areaOf(from)))
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(wrong).toEqual([]);
  });

  it('are all used that the table names', () => {
    const used = new Set(npm.map(({ to }) => to));
    expect(Object.keys(PACKAGES).filter((name) => !used.has(name))).toEqual([]);
  });

  it.each([
    ['main', 'src/main.ts', ['commander']],
    // Only what reads fintech.yaml; the build puts compiled code in place of ajv.
    ['token mint', 'src/app/tokens.ts', ['ajv', 'ajv-formats', 'fastest-levenshtein', 'yaml']],
  ])('reach %s statically by what is light and nothing heavier', (_name, root, light) => {
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const { to, typeOnly, dynamic } of importsOf(file)) {
        if (typeOnly || dynamic || isNode(to)) continue;
        if (to.startsWith('src/')) visit(to);
        else if (!isOurs(to)) packages.add(to);
      }
    };
    visit(root);
    expect([...packages].sort()).toEqual(light);
  });

  it.each([
    ['node:sqlite', 'src/kernel/sqlite.ts'],
    ['pg', 'src/kernel/postgres.ts'],
    ['pg-cursor', 'src/kernel/postgres.ts'],
  ])('keeps %s in %s', (target, file) => {
    const users = imports.filter(({ to }) => to === target).map(({ from }) => from);
    expect([...new Set(users)]).toEqual([file]);
  });
});

describe('the globals that come in through Clock, Random and Context', () => {
  const GLOBALS =
    /\bDate\.now\(|\bnew Date\(\)|(?<![.\w])set(?:Timeout|Interval)\(|\bMath\.random\(|\bprocess\.(?:env|cwd)\b|\bperformance\.now\(/;

  it('are touched in the kernel and in main only', () => {
    const wrong = production
      .filter((file) => !['kernel', 'main'].includes(areaOf(file)))
      .filter((file) => GLOBALS.test(withoutComments(readFileSync(join(ROOT, file), 'utf8'))));
    expect(wrong).toEqual([]);
  });
});

describe('the size of files', () => {
  it('stays at or below 400 lines', () => {
    const long = sources.filter(
      (file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 401,
    );
    expect(long).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
