import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Unit } from '../plan.ts';
import { sharedPaths, type WorkspaceFolders } from './service-folders.ts';

let place: string;
let folders: WorkspaceFolders;
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'fintech-folders-')));
  const root = join(place, 'workspace');
  folders = { root, stateFolder: join(root, '.fintech'), keysFolder: join(root, '.fintech/keys') };
  for (const path of ['workspace/services/teller', 'workspace/.fintech/keys', 'outside/keys']) {
    mkdirSync(join(place, path), { recursive: true });
  }
});
afterEach(() => rmSync(place, { recursive: true }));

const link = (target: string, path: string) =>
  symlinkSync(join(place, target), join(folders.root, path));
const shared = (path: string, rest: Partial<WorkspaceFolders> = {}) => {
  const process = { path, folder: join(folders.root, path), watch: ['src'] };
  const unit = { name: 'teller', process } as unknown as Unit;
  return sharedPaths(unit, { ...folders, ...rest });
};
const refusal = (message: string) =>
  expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) });

describe('a service is shown', () => {
  it('its folder and the packages there are, each by its real path', () => {
    link('workspace/services/teller', 'services/linked');
    link('outside', 'node_modules');
    writeFileSync(join(folders.root, 'package.json'), '{}');
    expect(shared('services/linked')).toEqual([
      { path: 'services/linked', source: join(place, 'workspace/services/teller') },
      { path: 'node_modules', source: join(place, 'outside') },
      { path: 'package.json', source: join(place, 'workspace/package.json') },
    ]);
  });

  it.each(['.', './', ''])('what it watches, where it is the workspace itself as "%s"', (path) => {
    mkdirSync(join(folders.root, 'src'));
    expect(shared(path)).toEqual([{ path: 'src', source: join(folders.root, 'src') }]);
  });

  it('a folder whose name only begins with dots', () => {
    mkdirSync(join(folders.root, '..teller'));
    expect(shared('..teller')).toHaveLength(1);
  });
});

describe('a service is refused', () => {
  it.each(['..', '../outside', '.fintech', '.fintech/keys'])('in the folder %s', (path) => {
    expect(() => shared(path)).toThrow(refusal(`"${path}" of teller`));
  });

  it.each(['services/teller', 'services/teller/keys', 'services', '.'])(
    'where FINTECH_KEYS is %s, there or not yet',
    (path) => {
      const keysFolder = join(folders.root, path);
      expect(() => shared('services/teller', { keysFolder })).toThrow(refusal(keysFolder));
    },
  );

  it('where the folder of keys is a link into its own', () => {
    link('workspace/services/teller', 'secret');
    const keysFolder = join(folders.root, 'secret');
    expect(() => shared('services/teller', { keysFolder })).toThrow(refusal(keysFolder));
  });

  it.each(['outside', 'outside/keys', ''])(
    'where its folder is a link out of the workspace, to "%s"',
    (target) => {
      link(target, 'services/linked');
      expect(() => shared('services/linked')).toThrow(refusal('none of its own'));
    },
  );

  it.each([
    ['node_modules', 'outside'],
    ['node_modules', 'outside/keys'],
    ['package.json', 'outside/keys/ES256.jwk.json'],
  ])('where %s is a link to %s, which shows keys', (path, target) => {
    writeFileSync(join(place, 'outside/keys/ES256.jwk.json'), '{}');
    link(target, path);
    const keysFolder = join(place, 'outside/keys');
    expect(() => shared('services/teller', { keysFolder })).toThrow(refusal(`"${path}"`));
  });

  it.each(['workspace', '', 'workspace/.fintech'])(
    'where node_modules is a link to "%s"',
    (target) => {
      link(target, 'node_modules');
      expect(() => shared('services/teller')).toThrow(refusal('"node_modules"'));
    },
  );
});
