import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SandboxStatus } from '../../src/app/sandbox-status.ts';
import { describeWithDocker, leftovers } from '../../src/runtime/sandbox/testing/docker-engine.ts';
import { AUTO, DockerWorkspace, NO_ENGINE } from './docker-workspace.ts';

const EMBEDDED = { FINTECH_DRIVER: 'embedded' };

describeWithDocker('which driver runs a workspace', () => {
  let workspace: DockerWorkspace;
  beforeEach(() => {
    workspace = DockerWorkspace.of('name: chosen\n');
  });
  afterEach(() => workspace[Symbol.asyncDispose]());
  const run = (args: string, env = AUTO) => workspace.run(args, env);
  const errorOf = async (args: string, env = AUTO) => {
    const { error, exitCode } = await workspace.json(args, env);
    return { ...error, exitCode };
  };
  const events = async () => (await run('events export')).stdout.trimEnd().split('\n').length;

  it('is Docker where its engine answers; it stays with the data, and never starts without them', async () => {
    expect((await run('up --detach')).stderr).toContain(
      'driver: docker (auto: its engine answers)',
    );
    await run('events append s --type a.b --data 1');
    for (const command of [
      'status',
      'up --detach',
      'down',
      'logs',
      'exec true',
      'restart events',
    ]) {
      const { exitCode, stderr } = await run(command, NO_ENGINE);
      expect([command, exitCode]).toEqual([command, 5]);
      expect(stderr).toContain('[SANDBOX_DRIVER_ABSENT]');
      expect(stderr).toContain('data of this workspace are in its volumes');
    }
    expect(await run('down')).toMatchObject({ exitCode: 0, stdout: 'stopped\n' });

    const again = await run('up --detach');
    expect(again.stderr).toContain("driver: docker (auto: it has this workspace's data)");
    expect(await events()).toBe(1);
  });

  it('is embedded where no engine answers, unless Docker is asked for', async () => {
    expect(await errorOf('up --detach --driver docker', NO_ENGINE)).toMatchObject({
      code: 'SANDBOX_DRIVER_ABSENT',
      exitCode: 5,
    });
    const { stderr } = await run('up --detach', NO_ENGINE);
    expect(stderr).toContain('driver: embedded (auto: no Docker engine answers)');
    await run('down', NO_ENGINE);
    // The data are embedded now, and so is all that follows.
    expect((await run('up --detach')).stderr).toContain('driver: embedded (auto: it has');
  });

  it('is told where it leaves the data of another behind; one runs at a time; down --volumes ends both', async () => {
    await run('up --detach');
    await run('events append s --type a.b --data 1');
    expect(await errorOf('up --driver embedded')).toMatchObject({
      code: 'SANDBOX_BUSY',
      message: 'the sandbox runs already, by the docker driver',
      hint: 'Run `fintech down`, then `fintech up --driver embedded`.',
    });
    await run('down');
    const { exitCode, stderr } = await run('up --detach', EMBEDDED);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('driver: embedded (by FINTECH_DRIVER)');
    expect(stderr).toContain('stay with the docker driver');
    expect((await run('events export')).stdout).toBe('');
    expect(await errorOf('up --driver docker')).toMatchObject({ code: 'SANDBOX_BUSY' });

    const { project } = workspace;
    expect(await leftovers(project)).not.toEqual([]);
    expect(await run('down --volumes --yes')).toMatchObject({ exitCode: 0 });
    expect(await leftovers(project)).toEqual([]);
  });

  it('may be changed while Docker is away: what still runs there is ended by the next down', async () => {
    await run('up --detach');
    const { stderr } = await run('up --detach --driver embedded', NO_ENGINE);
    expect(stderr).toContain('the docker driver cannot be asked whether it runs the sandbox');
    const { project } = workspace;
    expect(await leftovers(project)).toContain(`container ${workspace.containerName('events')}`);
    expect(await run('down')).toMatchObject({ exitCode: 0 });
    const left = await leftovers(project);
    expect(left.filter((name) => !name.startsWith('volume '))).toEqual([]);
  });

  it('is found by its containers when the state folder was deleted', async () => {
    await run('up --detach');
    const { project } = workspace;
    rmSync(join(workspace.root, '.fintech'), { recursive: true });
    const { data } = await workspace.json<SandboxStatus>('status');
    expect(data).toMatchObject({ driver: 'docker', state: 'ready' });
    expect(await run('down --volumes --yes')).toMatchObject({ exitCode: 0 });
    expect(await leftovers(project)).toEqual([]);
  });
});
