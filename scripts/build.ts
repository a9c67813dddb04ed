/**
 * Bundles the program into `dist/`: one chunk per verb, one entry per worker, all in one flat folder,
 * and the licences of what went in.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { build, type Metafile, type Plugin } from 'esbuild';
import { globSync } from 'tinyglobby';
import { createAjv } from '../src/kernel/schema.ts';
import { configSchema } from '../src/model/config-schema.ts';
import { driverRecordSchema } from '../src/runtime/sandbox/driver-record-schema.ts';
import { stateSchema } from '../src/runtime/sandbox/embedded/state-schema.ts';
import { dockerClient } from './docker-client.ts';

const OUT = 'dist';

/** What every command reads: compiling these here spares each start the validator's library. */
const COMPILED = [
  { file: 'src/model/config-validator.ts', name: 'validateConfig', schema: configSchema },
  {
    file: 'src/runtime/sandbox/driver-record-validator.ts',
    name: 'validateDriverRecord',
    schema: driverRecordSchema,
  },
  {
    file: 'src/runtime/sandbox/embedded/state-validator.ts',
    name: 'validateState',
    schema: stateSchema,
  },
] as const;

const compiledValidators: Plugin = {
  name: 'compiled-validators',
  setup: (bundler) => {
    bundler.onLoad({ filter: /-validator\.ts$/ }, ({ path }) => {
      const found = COMPILED.find(({ file }) => resolve(file) === path);
      return found && { contents: validatorCode(found), loader: 'js', resolveDir: resolve('src') };
    });
  },
};

rmSync(OUT, { recursive: true, force: true });
const workers = globSync('src/**/*-worker.ts');
const { metafile } = await build({
  entryPoints: Object.fromEntries(
    ['src/main.ts', ...workers].map((file) => [basename(file, '.ts'), file]),
  ),
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  chunkNames: '[name]-[hash]',
  // Nothing more: the issuer finds its models by the names of their classes, which shorter syntax
  // drops. To put them back (keepNames) costs 30 to 70 ms at each start.
  minifyWhitespace: true,
  metafile: true,
  legalComments: 'none',
  // CommonJS packages call `require` for Node's own modules.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  plugins: [compiledValidators, dockerClient],
  logLevel: 'warning',
});
writeFileSync(join(OUT, 'THIRD-PARTY-LICENSES.txt'), licencesOf(metafile));

function validatorCode({ name, schema }: (typeof COMPILED)[number]): string {
  const ajv = createAjv({ code: { source: true, esm: true } });
  return `import { validatorFrom } from './kernel/validation.ts';
${standaloneCode.default(ajv, ajv.compile(schema))}
export const ${name} = validatorFrom(() => validate);
`;
}

/** The licence text of every package that has a file in the bundle. */
function licencesOf({ inputs }: Metafile): string {
  const folders = new Set(
    Object.keys(inputs)
      .filter((path) => path.includes('node_modules/'))
      .map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? dirname(path)),
  );
  return [...folders]
    .sort()
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name: string;
        version: string;
        license?: string;
      };
      const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
      const text =
        file !== undefined && existsSync(join(folder, file))
          ? readFileSync(join(folder, file), 'utf8')
          : '';
      return `${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})\n\n${text.trim()}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
