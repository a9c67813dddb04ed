import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { describeWithDocker, docker, removeProject } from '../testing/docker-engine.ts';
import { importNodeImage } from '../testing/docker-node-image.ts';
import { sandboxFixture } from '../testing/sandbox-fixture.ts';
import type { LogLine } from '../unit-log.ts';
import { EngineLog } from './engine-log.ts';
import { saveLog } from './saved-log.ts';

const NAME = `log-test-${process.pid}`;
const IMAGE = `${NAME}:1`;
const LINES = 20_000;

/** Lines on both outputs, a long one, and on each a last one that no line feed ends. */
const CODE = `
  for (let n = 0; n < ${LINES / 2}; n++) {
    process.stdout.write('out ' + n + '\\n');
    process.stderr.write('error ' + n + '\\n');
  }
  process.stdout.write('x'.repeat(40_000) + '\\n');
  process.stdout.write('out end');
  process.stderr.write('error end');
`;

async function started() {
  const container = await docker.createContainer({
    Image: IMAGE,
    Cmd: ['/bin/node', '-e', CODE],
    Labels: { 'dev.fintech.project': NAME },
    HostConfig: { NetworkMode: 'none' },
  });
  await container.start();
  return container;
}

async function read(log: EngineLog, afterwards: boolean): Promise<LogLine[][]> {
  const batches: LogLine[][] = [];
  for await (const batch of log.batches({ afterwards })) batches.push(batch);
  return batches;
}

describeWithDocker('the log of a container', () => {
  beforeAll(() => importNodeImage(docker, IMAGE));
  afterAll(() => docker.getImage(IMAGE).remove());
  afterEach(() => removeProject(NAME));

  it('is read while it grows: each line of both outputs once, the unfinished ones at last', async () => {
    const container = await started();
    const log = new EngineLog(container, 'teller');
    const seen: string[] = [];
    const follow = async (afterwards: boolean) => {
      for (const { line } of (await read(log, afterwards)).flat()) seen.push(line);
    };
    await vi.waitFor(
      async () => {
        await follow(true);
        expect((await container.inspect()).State.Running).toBe(false);
      },
      { timeout: 30_000, interval: 10 },
    );
    await follow(true);
    expect(seen.filter((line) => line.endsWith('end'))).toEqual([]);
    await follow(false);
    const numbers = Array.from({ length: LINES / 2 }, (_, n) => n);
    const whole = ['out end', 'error end', 'x'.repeat(40_000)];
    const expected = [...whole, ...numbers.flatMap((n) => [`out ${n}`, `error ${n}`])];
    expect(seen.sort()).toEqual(expected.sort());
  });

  it('comes in batches of a bounded size', async () => {
    const container = await started();
    await container.wait();
    const batches = await read(new EngineLog(container, 'teller'), false);
    expect(batches.flat()).toHaveLength(LINES + 3);
    expect(batches.length).toBeGreaterThan(5);
    const lengths = batches.map((batch) => batch.reduce((sum, { line }) => sum + line.length, 0));
    expect(Math.max(...lengths)).toBeLessThan(2 * 65_536);
  });

  it('is saved once by two shells', async () => {
    using fixture = sandboxFixture();
    const container = await started();
    await container.wait();
    const save = () => saveLog({ container, name: 'teller' }, fixture.options());
    await Promise.all([save(), save()]);
    const saved = readFileSync(join(fixture.stateFolder, 'logs', 'teller.log'), 'utf8');
    expect(saved.trimEnd().split('\n')).toHaveLength(LINES + 3);
  });
});
