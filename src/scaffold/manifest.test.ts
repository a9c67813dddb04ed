import { symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readTemplate } from './manifest.ts';
import { parameterValues } from './parameters.ts';
import { Folder, manifestWith, noParts } from './folder.fixture.ts';

const parameter = (rule: object) => ({ parameters: { size: { description: 'd', ...rule } } });

it.each([
  ['an unknown key', { hooks: ['rm -rf /'] }, /unknown key "hooks"/],
  ['another schema', { schemaVersion: 2 }, /schemaVersion/],
  ['an id that is a path', { id: '../x' }, /id/],
  [
    'a default of another type',
    parameter({ type: 'boolean', default: 'x' }),
    /default of its type/,
  ],
  [
    'a default that is no choice',
    parameter({ type: 'choice', default: 'x', choices: ['y'] }),
    /among its choices/,
  ],
  [
    'a pattern that is none',
    parameter({ type: 'string', default: 'x', pattern: '(' }),
    /no regular expression/,
  ],
  [
    'a default that breaks its pattern',
    parameter({ type: 'string', default: 'x', pattern: '^y$' }),
    /breaks its own pattern/,
  ],
  [
    'a parameter called name',
    { parameters: { name: { type: 'string', description: 'd', default: 'x' } } },
    /given to every template/,
  ],
  [
    'a condition on no parameter',
    { files: [{ from: 'a', to: 'b', when: { nix: true } }] },
    /names nix/,
  ],
])('refuses a manifest with %s', async (_, changes, why) => {
  using folder = new Folder();
  folder.write({ 'template.json': manifestWith(changes) });
  await expect(readTemplate(folder.path, noParts)).rejects.toMatchObject({
    code: 'SCAFFOLD_INVALID_MANIFEST',
    message: expect.stringMatching(why) as string,
  });
});

it('refuses a manifest that is missing, broken, a link or too large', async () => {
  using folder = new Folder();
  const refused = { code: 'SCAFFOLD_INVALID_MANIFEST' };
  await expect(readTemplate(folder.path, noParts)).rejects.toMatchObject(refused);
  folder.write({ 'template.json': '{' });
  await expect(readTemplate(folder.path, noParts)).rejects.toMatchObject(refused);
  folder.write({ 'template.json': manifestWith().padEnd(65_537) });
  await expect(readTemplate(folder.path, noParts)).rejects.toThrow(/larger than 65536/);
  folder.write({ 'template.json': manifestWith().padEnd(65_536) });
  await expect(readTemplate(folder.path, noParts)).resolves.toMatchObject({ folder: folder.path });
  using other = new Folder();
  symlinkSync(folder.at('template.json'), other.at('template.json'));
  await expect(readTemplate(other.path, noParts)).rejects.toThrow(/no regular file/);
});

describe('a template with a part', () => {
  const partOf = (folder: Folder) => (id: string) => folder.at(id);
  const part = (changes: object = {}) => manifestWith({ id: 'core', kind: 'part', ...changes });
  const port = { port: { type: 'string', description: 'd', default: '80' } };

  it('takes in its parameters, its own before those of the part', async () => {
    using folder = new Folder();
    const size = { size: { type: 'string', description: 'd', default: '1' } };
    const own = { size: { ...size.size, default: '2' } };
    folder.write({
      'core/template.json': part({ parameters: { ...port, ...size } }),
      'template.json': manifestWith({ parts: ['core'], parameters: own }),
    });
    const template = await readTemplate(folder.path, partOf(folder));
    expect(parameterValues(template, [])).toEqual({ port: '80', size: '2' });
    expect(template.parts.map(({ manifest }) => manifest.id)).toEqual(['core']);
  });

  it.each([
    ['is no part', { 'core/template.json': manifestWith() }, /which is no part/],
    ['is missing', {}, /core/],
    ['has parts', { 'core/template.json': part({ parts: ['more'] }) }, /cannot contain/],
  ])('is refused when the part %s', async (_, files, why) => {
    using folder = new Folder();
    folder.write({ ...files, 'template.json': manifestWith({ parts: ['core'] }) });
    await expect(readTemplate(folder.path, partOf(folder))).rejects.toMatchObject({
      code: 'SCAFFOLD_INVALID_MANIFEST',
      message: expect.stringMatching(why) as string,
    });
  });
});

it('takes the values that were set, defaults for the rest, and nothing that breaks a rule', async () => {
  using folder = new Folder();
  const parameters = {
    docs: { type: 'boolean', description: 'd', default: true },
    ci: { type: 'choice', description: 'd', default: 'github', choices: ['github', 'none'] },
    owner: { type: 'string', description: 'd', default: 'team', pattern: '^[a-z ]+$' },
    motto: { type: 'string', description: 'd', default: '' },
  };
  folder.write({ 'template.json': manifestWith({ parameters }) });
  const template = await readTemplate(folder.path, noParts);
  const defaults = { docs: true, ci: 'github', owner: 'team', motto: '' };
  expect(parameterValues(template, [])).toEqual(defaults);
  const set = ['docs=false', 'ci=none', 'owner=a b', 'motto=a=b'];
  const values = { docs: false, ci: 'none', owner: 'a b', motto: 'a=b' };
  expect(parameterValues(template, set)).toEqual(values);
  const refused = ['docs=yes', 'ci=gitlab', 'owner=A', "motto='+evil()+'", 'motto=${x}'];
  refused.push('motto=a\nb', 'motto={{name}}', `motto=${'x'.repeat(201)}`, 'moto=x', 'motto');
  refused.push('constructor=x');
  for (const set of refused) {
    expect(() => parameterValues(template, [set]), set).toThrow(
      expect.objectContaining({ code: 'USAGE_INVALID' }) as Error,
    );
  }
  expect(() => parameterValues(template, ['moto=x'])).toThrow(/Did you mean "motto"/);
});
