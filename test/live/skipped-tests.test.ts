import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { cleanEnvironment, ROOT } from '../cli/program.ts';

const LIVE = 'src/runtime/sandbox/testing/docker-engine.live.test.ts';

/** Runs live tests where no Docker engine answers. */
async function runWithoutDocker(environment: Record<string, string>, ...flags: string[]) {
  return execa('vitest', ['run', '--project', 'live', LIVE, ...flags], {
    cwd: ROOT,
    env: { ...cleanEnvironment(), DOCKER_HOST: 'unix:///nowhere.sock', ...environment },
    extendEnv: false,
    preferLocal: true,
    reject: false,
    all: true,
  });
}

describe('a live test that cannot run', () => {
  it('is named with the reason, and fails the run where CI is set', async () => {
    const { exitCode, all } = await runWithoutDocker({ CI: 'true' });
    expect(all).toMatch(/^2 live tests were skipped, which fails this run/m);
    expect(all).toContain(
      `${LIVE} > what live tests are given [Docker at unix:///nowhere.sock (DOCKER_HOST) cannot be reached`,
    );
    expect(all).toContain('> names what a project left, and removes that and nothing else');
    expect(exitCode).toBe(1);
  });

  it('is named, and lets the run pass, on a machine of one’s own', async () => {
    const { exitCode, all } = await runWithoutDocker({});
    expect(all).toMatch(/^2 live tests were skipped:$/m);
    expect(exitCode).toBe(0);
  });

  it('is no matter where only chosen tests are run', async () => {
    const { exitCode, all } = await runWithoutDocker({ CI: 'true' }, '-t', 'no test is called so');
    expect(all).not.toContain('live tests were skipped');
    expect(exitCode).toBe(0);
  });
});
