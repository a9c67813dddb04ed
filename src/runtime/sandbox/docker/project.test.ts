import { cpSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordHolder } from '../driver-record.ts';
import { type DockerProject, projectOf } from './project.ts';

let home: string;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'project-')));
  mkdirSync(join(home, 'here', '.fintech'), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function projectIn(folder: string, name = 'bank'): DockerProject {
  const root = join(home, folder);
  return projectOf({ name, root, stateFolder: join(root, '.fintech') });
}

/** What a start notes. */
function start(folder: string): DockerProject {
  const project = projectIn(folder);
  const { id, root } = project;
  const note = { project: id, root, publishedHost: '127.0.0.1' };
  recordHolder(join(root, '.fintech'), 'docker', note);
  return project;
}

describe('the project of a workspace, whose name leads to its data', () => {
  it('is of its name and its folder', () => {
    const { id, root } = projectIn('here');
    expect(id).toMatch(/^bank-[0-9a-f]{8}$/);
    expect(root).toBe(join(home, 'here'));
    mkdirSync(join(home, 'there'));
    expect(projectIn('there').id).not.toBe(id);
  });

  it('stays when the workspace is renamed or its folder moved, again and again', () => {
    const { id } = start('here');
    expect(projectIn('here', 'house').id).toBe(id);
    for (const [from, to] of [
      ['here', 'there'],
      ['there', 'elsewhere'],
      ['elsewhere', 'here'],
    ] as const) {
      renameSync(join(home, from), join(home, to));
      expect(projectIn(to)).toEqual({ id, root: join(home, to) });
      start(to);
    }
  });

  it('is another one in a copy', () => {
    const { id } = start('here');
    cpSync(join(home, 'here'), join(home, 'copy'), { recursive: true });
    expect(projectIn('copy').id).not.toBe(id);
    expect(projectIn('here').id).toBe(id);
  });
});
