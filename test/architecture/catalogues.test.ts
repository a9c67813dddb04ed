import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { defectsPage } from '../../scripts/defects-page.ts';
import { listDefects } from '../../src/app/defects.ts';
import { VERBS } from '../../src/commands/catalogue.ts';
import { ERROR_CATALOGUE } from '../../src/kernel/errors.ts';
import { createAjv } from '../../src/kernel/schema.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const sources = globSync('src/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('.test.ts'));

describe('the error catalogue', () => {
  const sections = [...read('docs/errors.md').matchAll(/^### ([A-Z_]+) \((\d+)\)$/gm)];

  it('has one documentation section for each code, with its exit code', () => {
    const documented = sections.map(([, code, exit]) => `${code} ${exit}`).sort();
    const codes = Object.entries(ERROR_CATALOGUE).map(([code, { exit }]) => `${code} ${exit}`);
    expect(documented).toEqual(codes.sort());
  });

  it('holds no code that nothing raises', () => {
    const raised = sources
      .filter((file) => file !== 'src/kernel/errors.ts')
      .map(read)
      .join('\n');
    const unused = Object.keys(ERROR_CATALOGUE).filter((code) => !raised.includes(`'${code}'`));
    expect(unused).toEqual([]);
  });
});

describe('the catalogue of defects', () => {
  it('is described by docs/defects.md, written by scripts/defects.ts', async () => {
    // The formatter pads the cells of tables.
    const unpadded = (text: string) => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');
    const page = defectsPage((await listDefects()).data);
    expect(unpadded(read('docs/defects.md'))).toBe(unpadded(page));
  });
});

describe('the verbs', () => {
  it('have one file each, named like the verb', () => {
    const missing = VERBS.map(({ path }) => `src/commands/${path.replace(' ', '-')}.ts`).filter(
      (file) => !existsSync(join(ROOT, file)),
    );
    expect(missing).toEqual([]);
  });

  it('have an acceptance scenario each', () => {
    const scenarios = globSync('test/cli/**/*.ts', { cwd: ROOT }).map(read).join('\n');
    const untried = VERBS.filter(({ hidden }) => hidden !== true)
      .map(({ path }) =>
        path
          .split(' ')
          .map((word) => `'${word}'`)
          .join(', '),
      )
      .filter((words) => !scenarios.includes(words));
    expect(untried).toEqual([]);
  });

  it('publish a schema of their data, the same as in schema/', async () => {
    for (const { path, load } of VERBS) {
      const { verb } = await load();
      if (verb.dataSchema === null) continue;
      const file = `schema/${path.replace(' ', '-')}.schema.json`;
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      expect(JSON.parse(read(file)), file).toMatchObject(verb.dataSchema);
    }
  });

  it('start their help with an example of themselves', async () => {
    for (const { path, load } of VERBS) {
      const { verb } = await load();
      expect(verb.examples.length, path).toBeGreaterThan(0);
      expect(verb.examples[0], path).toContain(`fintech ${path}`);
    }
  });
});

describe('the published schemas', () => {
  it.each(globSync('schema/*.json', { cwd: ROOT }))('%s obeys the meta-schema', (file) => {
    const ajv = createAjv({ meta: true, validateSchema: true });
    expect(ajv.validateSchema(JSON.parse(read(file)) as object)).toBe(true);
  });
});

describe('live suites', () => {
  it('are found by the name that the live project includes', () => {
    const config = read('vitest.config.ts');
    expect(config).toContain('src/**/*.live.test.ts');
  });
});
