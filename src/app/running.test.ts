import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { down } from './running.ts';
import { driverOf, startSandbox } from './sandbox.ts';
import { type TokenBench, tokenBench } from './tokens.fixture.ts';
import { loadWorkspace } from './workspace.ts';

let bench: TokenBench;
beforeEach(() => {
  bench = tokenBench('name: a\n');
});
afterEach(() => bench[Symbol.dispose]());

describe('a workspace written by hand', () => {
  const ignored = () => readFileSync(join(bench.context.cwd, '.fintech', '.gitignore'), 'utf8');

  it('keeps what down writes there from git', async () => {
    const { data } = await down(bench.context, { volumes: false });
    expect(data).toEqual({ stopped: false, dataDeleted: false });
    expect(ignored()).toBe('*\n');
  });

  it('keeps what a start that fails writes there from git', async () => {
    const workspace = await loadWorkspace(bench.context);
    const driver = await driverOf('embedded', { context: bench.context, workspace });
    const input = { services: true, except: ['nobody'] };
    const starting = startSandbox(bench.context, workspace, { driver, input });
    await expect(starting).rejects.toMatchObject({ code: 'SANDBOX_UNIT_UNKNOWN' });
    expect(ignored()).toBe('*\n');
  });
});
