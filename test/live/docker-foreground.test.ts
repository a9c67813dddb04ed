import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SandboxStatus } from '../../src/app/sandbox-status.ts';
import { describeWithDocker, leftovers } from '../../src/runtime/sandbox/testing/docker-engine.ts';
import { SMALL_SERVICE } from '../../src/runtime/sandbox/testing/sandbox-fixture.ts';
import { cleanEnvironment, ENTRY, write } from '../cli/program.ts';
import { DockerWorkspace } from './docker-workspace.ts';

const SOON = { timeout: 60_000, interval: 50 };

describeWithDocker('up in the foreground, in Docker', () => {
  let workspace: DockerWorkspace;
  beforeEach(() => {
    workspace = DockerWorkspace.of('name: front\nservices: { teller: { path: teller } }\n');
    write(join(workspace.root, 'teller/src/main.ts'), SMALL_SERVICE);
  });
  afterEach(() => workspace[Symbol.asyncDispose]());

  const foreground = () => {
    const child = execa(process.execPath, [ENTRY, 'up', '--driver', 'docker'], {
      cwd: workspace.root,
      env: cleanEnvironment(),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      all: true,
    });
    let output = '';
    child.all.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const printed = (text: string) => vi.waitFor(() => expect(output).toContain(text), SOON);
    return { printed, kill: (signal: NodeJS.Signals) => child.kill(signal), ended: child };
  };
  const stoppedAll = async () => {
    const left = await leftovers(workspace.project);
    expect(left.filter((name) => !name.startsWith('volume '))).toEqual([]);
    expect(left).not.toEqual([]);
  };

  it('shows what services print, and ends with Ctrl-C, leaving nothing but data', async () => {
    const running = foreground();
    await running.printed('Ctrl-C stops it; data stays in the Docker volumes front-');
    await running.printed('teller | listening');
    running.kill('SIGINT');
    const { exitCode, all } = await running.ended;
    expect(exitCode).toBe(130);
    expect(all).toContain('stopping; a second Ctrl-C ends all at once');
    // The notes of a service's runner are for us.
    expect(all).not.toContain('"fintech":"runner"');
    await stoppedAll();
  });

  it('ends at once, and whole, with a second Ctrl-C', async () => {
    const stubborn = `process.on('SIGTERM', () => console.log('no'));\n`;
    const code = SMALL_SERVICE.replace(`process.on('SIGTERM', () => process.exit(0));`, stubborn);
    write(join(workspace.root, 'teller/src/main.ts'), code);
    const running = foreground();
    await running.printed('Ctrl-C stops it');
    running.kill('SIGINT');
    await running.printed('stopping; a second Ctrl-C ends all at once');
    const before = performance.now();
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({ exitCode: 130 });
    // Its runner would have waited for it for 5 s.
    expect(performance.now() - before).toBeLessThan(4000);
    await stoppedAll();
  });

  it('is seen, restarted and ended from another shell', async () => {
    const running = foreground();
    await running.printed('Ctrl-C stops it');
    expect((await workspace.json<SandboxStatus>('status')).data.state).toBe('ready');
    expect(await workspace.run('up')).toMatchObject({ exitCode: 0 });
    expect(await workspace.run('restart teller')).toMatchObject({ exitCode: 0 });
    expect(await workspace.run('down')).toMatchObject({ exitCode: 0, stdout: 'stopped\n' });
    expect(await running.ended).toMatchObject({ exitCode: 0 });
    await stoppedAll();
  });
});
