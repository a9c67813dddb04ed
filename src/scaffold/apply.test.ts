import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { applyPlan } from './apply.ts';
import { type FilePlan, planFiles, refuseConflicts } from './plan.ts';
import { presentFiles } from './present.ts';
import type { WantedFile } from './render.ts';
import { Folder } from './folder.fixture.ts';

const never = new AbortController().signal;

function wanted(files: Record<string, string>): WantedFile[] {
  return Object.entries(files).map(([path, text]) => ({ path, content: Buffer.from(text) }));
}

async function planned(
  root: string,
  files: Record<string, string>,
  edited: string[] = [],
): Promise<FilePlan> {
  const present = await presentFiles(root, Object.keys(files));
  return planFiles(wanted(files), present, new Set(edited));
}

/** Aborts once it was looked at this often: in the middle of the work. */
function abortAfter(looks: number): AbortSignal {
  let left = looks;
  return Object.assign(new AbortController().signal, {
    throwIfAborted: () => {
      left -= 1;
      if (left < 0) throw new Error('interrupted');
    },
  });
}

it('says of each path whether it is new, the same, changed by us, or in the way', async () => {
  using folder = new Folder();
  folder.write({ same: 'a', edited: 'a', other: 'a', 'is-folder/x': '', 'is-file': '' });
  symlinkSync(folder.at('same'), folder.at('link'));
  symlinkSync(folder.at('is-folder'), folder.at('linked'));
  const paths = ['new/x', 'same', 'edited', 'other', 'is-folder', 'is-file/x', 'link', 'linked/x'];
  const files = Object.fromEntries(paths.map((path) => [path, path === 'same' ? 'a' : 'b']));
  const plan = await planned(folder.path, files, ['edited']);
  expect(plan.map(({ path, action }) => `${action} ${path}`)).toEqual([
    'create new/x',
    'unchanged same',
    'update edited',
    'conflict other',
    'conflict is-folder',
    'conflict is-file/x',
    'conflict link',
    'conflict linked/x',
  ]);
  expect(() => refuseConflicts(plan)).toThrow(
    expect.objectContaining({ code: 'SCAFFOLD_CONFLICT' }) as Error,
  );
  await expect(applyPlan(folder.path, plan, never)).rejects.toThrow(/linked\/x/);
  expect(existsSync(folder.at('new'))).toBe(false);
});

it('makes a root that is not there, with the folders above it', async () => {
  using folder = new Folder();
  const root = folder.at('a/b/bank');
  await applyPlan(root, await planned(root, { x: '1', 'c/y': '2' }), never);
  expect(readFileSync(`${root}/c/y`, 'utf8')).toBe('2');
  expect(readdirSync(folder.at('a/b'))).toEqual(['bank']);
});

it('leaves nothing of a root when it is interrupted at any point', async () => {
  using folder = new Folder();
  const root = folder.at('above/bank');
  for (const looks of [0, 1]) {
    const plan = await planned(root, { x: '1', y: '2' });
    await expect(applyPlan(root, plan, abortAfter(looks))).rejects.toThrow(/interrupted/);
    expect(readdirSync(folder.path)).toEqual([]);
  }
});

it('leaves a folder as it was when it is interrupted at any point', async () => {
  using folder = new Folder();
  folder.write({ mine: 'm', config: 'before' });
  const files = { 'deep/er/new': '1', config: 'after', last: '2' };
  for (let looks = 0; looks < 6; looks++) {
    const plan = await planned(folder.path, files, ['config']);
    await expect(applyPlan(folder.path, plan, abortAfter(looks))).rejects.toThrow(/interrupted/);
    expect(readdirSync(folder.path).toSorted()).toEqual(['config', 'mine']);
    expect(readFileSync(folder.at('config'), 'utf8')).toBe('before');
  }
  const plan = await planned(folder.path, files, ['config']);
  await applyPlan(folder.path, plan, abortAfter(6));
  expect(readFileSync(folder.at('config'), 'utf8')).toBe('after');
  expect(readdirSync(folder.path).toSorted()).toEqual(['config', 'deep', 'last', 'mine']);
});

it('does not replace what somebody has made since it was planned', async () => {
  using folder = new Folder();
  const plan = await planned(folder.path, { first: '1', second: '2' });
  folder.write({ second: 'theirs' });
  await expect(applyPlan(folder.path, plan, never)).rejects.toMatchObject({
    code: 'SCAFFOLD_CONFLICT',
  });
  expect(readdirSync(folder.path)).toEqual(['second']);
  expect(readFileSync(folder.at('second'), 'utf8')).toBe('theirs');
});

it('writes into an empty folder without replacing it', async () => {
  using folder = new Folder();
  mkdirSync(folder.at('bank'));
  await applyPlan(folder.at('bank'), await planned(folder.at('bank'), { x: '1' }), never);
  expect(readdirSync(folder.at('bank'))).toEqual(['x']);
});

it('takes a file for its own up to the size it may have', async () => {
  using folder = new Folder();
  folder.write({ small: 'abcd', large: 'abcde' });
  const present = await presentFiles(folder.path, ['small', 'large'], 4);
  expect([...present.values()].map(({ kind }) => kind)).toEqual(['file', 'blocked']);
});

it('gives a file the permissions it is to have, new or changed', async () => {
  using folder = new Folder();
  folder.write({ 'there/old': 'before' });
  for (const root of ['there', 'fresh']) {
    const files = ['old', 'new'].map((path) => ({ path, content: Buffer.from('s'), mode: 0o600 }));
    const present = await presentFiles(folder.at(root), ['old', 'new']);
    const plan = planFiles(files, present, new Set(['old']));
    await applyPlan(folder.at(root), plan, never);
    for (const name of ['old', 'new']) {
      expect(statSync(folder.at(root, name)).mode & 0o777, `${root}/${name}`).toBe(0o600);
    }
  }
});

it('removes what a killed process left beside its root or within, and nothing else', async () => {
  using folder = new Folder();
  const dead = await pidOfTheDead();
  const left = [`.bank.fintech-new-${dead}-abcdef`, `bank/.fintech-new-${dead}-abcdef`];
  const kept = [
    `.bank.fintech-new-${process.pid}-abcdef`,
    `.other.fintech-new-${dead}-abcdef`,
    '.bank.fintech-new-mine',
    'bank/.fintech-news',
  ];
  folder.write(Object.fromEntries([...left, ...kept].map((name) => [`${name}/x`, ''])));
  folder.write({ [`.bank.fintech-new-${dead}-a_file`]: '' });
  const root = folder.at('bank');
  for (const files of [{ y: '' }, {}]) {
    await applyPlan(root, await planned(root, files), never);
    expect(left.filter((name) => existsSync(folder.at(name)))).toEqual([]);
    expect(kept.filter((name) => !existsSync(folder.at(name)))).toEqual([]);
    expect(existsSync(folder.at(`.bank.fintech-new-${dead}-a_file`))).toBe(true);
    folder.write(Object.fromEntries(left.map((name) => [`${name}/x`, ''])));
  }
});

it('leaves a folder above the root that somebody else has used meanwhile', async () => {
  using folder = new Folder();
  const plan = await planned(folder.at('a/bank'), { x: '', y: '' });
  const signal = Object.assign(new AbortController().signal, {
    throwIfAborted: () => {
      folder.write({ 'a/theirs': '' });
      throw new Error('interrupted');
    },
  });
  await expect(applyPlan(folder.at('a/bank'), plan, signal)).rejects.toThrow(/interrupted/);
  expect(readdirSync(folder.at('a'))).toEqual(['theirs']);
});

async function pidOfTheDead(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

it('says where the system does not let it write', async () => {
  using folder = new Folder();
  folder.write({ file: '' });
  const root = folder.at('file', 'below');
  await expect(applyPlan(root, await planned(root, { a: 'a' }), never)).rejects.toThrow(
    expect.objectContaining({ code: 'SCAFFOLD_UNWRITABLE', exitCode: 5 }) as Error,
  );
});
