import { chmodSync, symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readTemplate } from './manifest.ts';
import { parameterValues } from './parameters.ts';
import { renderTemplate, renderWalkthrough } from './render.ts';
import { Folder, manifestWith, noParts } from './folder.fixture.ts';

const VALUES = { name: 'fees', workspace: 'bank', version: '1' };

async function render(folder: Folder): Promise<Record<string, string>> {
  const template = await readTemplate(folder.path, noParts);
  const values = { ...parameterValues(template, []), ...VALUES };
  const files = await renderTemplate(template, values);
  return Object.fromEntries(files.map(({ path, content }) => [path, content.toString('latin1')]));
}

it('takes folders and files, with values in contents and paths', async () => {
  using folder = new Folder();
  folder.write({
    'template.json': manifestWith({
      files: [
        { from: 'src', to: 'services/{{name}}/src' },
        { from: 'one.txt', to: '{{workspace}}.txt' },
      ],
    }),
    'files/src/b/{{name}}.ts': '{{name}}',
    'files/src/a.ts': '// {{workspace}}',
    'files/one.txt': 'one',
    'files/unused.txt': 'no',
  });
  expect(await render(folder)).toEqual({
    'services/fees/src/a.ts': '// bank',
    'services/fees/src/b/fees.ts': 'fees',
    'bank.txt': 'one',
  });
});

it('takes the files of its parts too, and none twice', async () => {
  using folder = new Folder();
  const part = { id: 'core', kind: 'part', files: [{ from: 'main.ts', to: '{{name}}/main.ts' }] };
  folder.write({
    'template.json': manifestWith({ parts: ['core'] }),
    'files/src/a.ts': 'own',
    'core/template.json': manifestWith(part),
    'core/files/main.ts': '// {{name}}',
  });
  const template = await readTemplate(folder.path, (id) => folder.at(id));
  const files = await renderTemplate(template, VALUES);
  const made = files.map(({ path, content }) => [path, String(content)]);
  expect(made).toEqual([
    ['fees/main.ts', '// fees'],
    ['services/fees/src/a.ts', 'own'],
  ]);
  const clashing = [{ from: 'src/a.ts', to: '{{name}}/main.ts' }];
  folder.write({ 'template.json': manifestWith({ parts: ['core'], files: clashing }) });
  const twice = await readTemplate(folder.path, (id) => folder.at(id));
  await expect(renderTemplate(twice, VALUES)).rejects.toThrow(/made twice/);
});

it('has a walkthrough for the README of the workspace, or none', async () => {
  using folder = new Folder();
  folder.write({
    'template.json': manifestWith({ walkthrough: 'try.md' }),
    'files/try.md': '## Try {{name}}\n',
    'files/src/a.ts': '',
  });
  const template = await readTemplate(folder.path, noParts);
  expect(await renderWalkthrough(template, VALUES)).toBe('## Try fees\n');
  folder.write({ 'template.json': manifestWith() });
  expect(await renderWalkthrough(await readTemplate(folder.path, noParts), VALUES)).toBe('');
  folder.write({
    'template.json': manifestWith({ walkthrough: '../secret.md' }),
    'secret.md': 's',
  });
  const outside = await readTemplate(folder.path, noParts);
  await expect(renderWalkthrough(outside, VALUES)).rejects.toThrow(/leaves its folder/);
});

it('copies what is no text as it is', async () => {
  using folder = new Folder();
  const bytes = Buffer.from([0xff, 0x7b, 0x7b, 0x61, 0x7d, 0x7d]);
  folder.write({ 'template.json': manifestWith(), 'files/src/logo.png': bytes });
  expect(await render(folder)).toEqual({ 'services/fees/src/logo.png': bytes.toString('latin1') });
});

it('lets everybody run what its owner may run', async () => {
  using folder = new Folder();
  folder.write({ 'template.json': manifestWith(), 'files/src/a.sh': '', 'files/src/b.ts': '' });
  chmodSync(folder.at('files/src/a.sh'), 0o744);
  const files = await renderTemplate(await readTemplate(folder.path, noParts), VALUES);
  expect(files.map(({ mode }) => mode)).toEqual([0o777, undefined]);
});

it('leaves out what a parameter turns off', async () => {
  using folder = new Folder();
  const parameters = { docs: { type: 'boolean', description: 'd', default: false } };
  const files = [
    { from: 'a', to: 'a' },
    { from: 'b', to: 'b', when: { docs: true } },
  ];
  folder.write({
    'template.json': manifestWith({ parameters, files }),
    'files/a': '',
    'files/b': '',
  });
  expect(Object.keys(await render(folder))).toEqual(['a']);
});

it.each([
  ['a source outside', { files: [{ from: '../secret', to: 'x' }] }, /leaves its folder/],
  ['an absolute source', { files: [{ from: '/etc/passwd', to: 'x' }] }, /absolute/],
  ['a target outside', { files: [{ from: 'src', to: '../x' }] }, /leaves its folder/],
  ['a target in .git', { files: [{ from: 'src', to: '.git/hooks' }] }, /reaches into \.git/],
  ['an absolute target', { files: [{ from: 'src', to: '/tmp/x' }] }, /absolute/],
  ['a source that is not there', { files: [{ from: 'nix', to: 'x' }] }, /does not exist/],
  ['an unknown placeholder', { files: [{ from: 'src', to: '{{nix}}' }] }, /stands for nothing/],
  [
    'one path twice',
    {
      files: [
        { from: 'src', to: 'x' },
        { from: 'src', to: 'X' },
      ],
    },
    /made twice/,
  ],
])('refuses %s', async (_, changes, why) => {
  using folder = new Folder();
  folder.write({ 'template.json': manifestWith(changes), 'files/src/a.ts': '', secret: 's' });
  await expect(render(folder)).rejects.toMatchObject({
    code: 'SCAFFOLD_INVALID_MANIFEST',
    message: expect.stringMatching(why) as string,
  });
});

it('refuses links, wherever they stand', async () => {
  using folder = new Folder();
  folder.write({
    'template.json': manifestWith({ files: [{ from: 'src/sub', to: 'x' }] }),
    'secret/sub/a': 's',
  });
  folder.write({ 'files/a': '' });
  symlinkSync(folder.at('secret'), folder.at('files/src'));
  await expect(render(folder)).rejects.toThrow(/is a link/);
});

it('refuses a link inside a folder it takes', async () => {
  using folder = new Folder();
  folder.write({ 'template.json': manifestWith(), 'files/src/a.ts': '', secret: 's' });
  symlinkSync(folder.at('secret'), folder.at('files/src/link.ts'));
  await expect(render(folder)).rejects.toThrow(/neither a file nor a folder/);
});

it('holds a file to 1 MiB and a template to 1,000 files', async () => {
  using folder = new Folder();
  folder.write({ 'template.json': manifestWith(), 'files/src/a': Buffer.alloc(1_048_576, 'a') });
  expect(Object.keys(await render(folder))).toEqual(['services/fees/src/a']);
  folder.write({ 'files/src/a': Buffer.alloc(1_048_577, 'a') });
  await expect(render(folder)).rejects.toThrow(/larger than 1048576/);
  folder.write({ 'files/src/a': '' });
  folder.write(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`files/src/${i}`, ''])));
  await expect(render(folder)).rejects.toThrow(/more than 1000 files/);
});

it('holds a template to 16 MiB', async () => {
  using folder = new Folder();
  folder.write({ 'template.json': manifestWith() });
  const large = Buffer.alloc(1_048_576, 'a');
  folder.write(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`files/src/${i}`, large])));
  await expect(render(folder)).rejects.toThrow(/more than 16777216 bytes/);
});
