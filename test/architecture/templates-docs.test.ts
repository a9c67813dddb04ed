import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/commands/program.ts';
import { validateConfig } from '../../src/model/config-validator.ts';
import { addService } from '../../src/scaffold/edit-config.ts';
import { Folder } from '../../src/scaffold/folder.fixture.ts';
import { TEMPLATE_LIMITS } from '../../src/scaffold/limits.ts';
import { manifestSchema } from '../../src/scaffold/manifest-schema.ts';
import { neededBy, parameterValues } from '../../src/scaffold/parameters.ts';
import { fillInJson } from '../../src/scaffold/placeholders.ts';
import { renderTemplate } from '../../src/scaffold/render.ts';
import { builtInTemplates, templateIn } from '../../src/scaffold/template-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/templates.md'), 'utf8');
const MIB = 1_048_576;

function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(page)?.[1] ?? '';
}

describe('docs/templates.md', () => {
  it('shows a manifest that can be used as it is printed', async () => {
    using folder = new Folder();
    folder.write({
      'template.json': block('json'),
      'files/DOCS.md': '# {{name}} of {{owner}}\n',
      'files/service/LEVEL': '',
    });
    const template = await templateIn(folder.path);
    expect(neededBy(template)).toEqual(['ledger']);
    const given = { name: 'fees', workspace: 'bank', version: '1' };
    const values = { ...parameterValues(template, ['owner=payments team']), ...given };
    const files = await renderTemplate(template, values);
    const paths = files.map(({ path }) => path);
    expect(paths).toContain('docs/fees.md');
    expect(paths).toContain('services/fees/src/main.ts');
    const config = fillInJson(template.manifest.config ?? {}, values);
    const text = addService('name: bank\n', { name: 'fees', path: 'services/fees', config });
    expect(validateConfig(parse(text))).toMatchObject({ ok: true });
  });

  it('shows commands that are understood', async () => {
    const commands = [...page.matchAll(/^fintech (.*?)(?: +#.*)?$/gm)].map(
      ([, words = '']) => words,
    );
    expect(commands.length).toBeGreaterThan(3);
    const understood: string[] = [];
    for (const words of commands) {
      const program = createProgram('0', {
        recognise: () => {},
        explain: () => {},
        execute: async ({ entry, verb, command }) => {
          verb.input(command);
          understood.push(entry.path);
        },
      });
      await program.parseAsync(['node', 'fintech', ...words.split(' ')]);
    }
    expect(understood).toHaveLength(commands.length);
  });

  it('says what each key means', () => {
    const { properties } = manifestSchema as { properties: Record<string, object> };
    const obvious = new Set(['schemaVersion', 'id', 'description']);
    const unsaid = Object.keys(properties).filter(
      (key) => !obvious.has(key) && !page.includes(`| \`${key}\``),
    );
    expect(unsaid).toEqual([]);
  });

  it('names the parts there are', async () => {
    const built = await builtInTemplates();
    const parts = built.filter(({ manifest }) => manifest.kind === 'part');
    expect(parts.length).toBeGreaterThan(0);
    for (const { manifest } of parts) expect(page).toContain(`\`${manifest.id}\``);
  });

  it('gives the limits that hold', () => {
    const { files, fileBytes, totalBytes } = TEMPLATE_LIMITS;
    expect(page).toContain(
      `more than ${files.toLocaleString('en')} files, ${fileBytes / MIB} MiB in one or ${totalBytes / MIB} MiB in all`,
    );
  });
});
