import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SandboxStatus } from '../../src/app/sandbox-status.ts';
import { seededRandom } from '../../src/kernel/random.ts';
import { describeWithDocker, leftovers } from '../../src/runtime/sandbox/testing/docker-engine.ts';
import { BankSession, transfer } from '../cli/bank-session.ts';
import { bankWorkspace, cleanEnvironment, ENTRY, write } from '../cli/program.ts';
import { AUTO, DockerWorkspace } from './docker-workspace.ts';

const SOON = { timeout: 30_000, interval: 100 };
const SEED = process.env['FAULT_SEED'] ?? 'faults';
const LONGEST_START_MS = 2500;

const withoutVolumes = async (workspace: DockerWorkspace) =>
  (await leftovers(workspace.project)).filter((thing) => !thing.startsWith('volume '));

describeWithDocker('a service killed in the middle of a request', () => {
  let bank: DockerWorkspace;
  let session: BankSession;
  beforeAll(async () => {
    const made = await bankWorkspace();
    bank = new DockerWorkspace(made.root, () => void made[Symbol.asyncDispose]());
    const started = await bank.run('up --driver docker --detach');
    if (started.exitCode !== 0) throw new Error(started.stderr);
    session = await BankSession.open(bank.root, AUTO);
    await session.pay(transfer('cash', 'alice', 100_00), 'deposit');
  });
  afterAll(() => bank[Symbol.asyncDispose]());

  const servicePid = () => bank.servicePid('ledger');
  const isReady = () => vi.waitFor(async () => expect(await session.state()).toBe('ready'), SOON);

  it('is answered for by the gateway, and the retry has its effect once', async () => {
    const pid = await servicePid();
    process.kill(pid, 'SIGSTOP');
    const pending = session.pay(transfer('alice', 'bob', 5_00), 'interrupted');
    await sleep(300);
    process.kill(pid, 'SIGKILL');
    expect(await pending).toMatchObject({ status: 502, type: 'application/problem+json' });
    await isReady();
    const retried = await session.pay(transfer('alice', 'bob', 5_00), 'interrupted');
    expect(retried).toMatchObject({ status: 201, replayed: false });

    const keys = Array.from({ length: 20 }, (_, index) => `race-${index}`);
    const paying = keys.map((key) => session.pay(transfer('alice', 'bob', 1_00), key));
    await Promise.race(paying);
    process.kill(await servicePid(), 'SIGKILL');
    const answers = await Promise.all(paying);
    const odd = answers.filter(
      ({ status, type }) => status !== 201 && !(status >= 500 && type.includes('problem')),
    );
    expect(odd).toEqual([]);
    await isReady();
    for (const key of keys) {
      expect(await session.pay(transfer('alice', 'bob', 1_00), key)).toMatchObject({ status: 201 });
    }
    expect(await session.balanceOf('bob')).toBe(25_00);
    expect(await bank.run('verify')).toMatchObject({ exitCode: 0 });
  });
});

describeWithDocker('up in Docker', () => {
  let workspace: DockerWorkspace;
  beforeEach(() => {
    workspace = DockerWorkspace.of('name: harmed\n');
  });
  afterEach(() => workspace[Symbol.asyncDispose]());

  /** Runs `up`, and signals it after a while. */
  const signalled = async (afterMs: number, signal: NodeJS.Signals) => {
    const child = execa(process.execPath, [ENTRY, 'up', '--driver', 'docker'], {
      cwd: workspace.root,
      env: cleanEnvironment(),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    await sleep(afterMs);
    child.kill(signal);
    return { child };
  };

  it(`leaves nothing but data wherever Ctrl-C meets it, once or twice (seed ${SEED})`, async () => {
    const random = seededRandom(`${SEED}-int`);
    for (let round = 0; round < 8; round++) {
      const afterMs = 200 + random.fraction() * LONGEST_START_MS;
      const { child } = await signalled(afterMs, 'SIGINT');
      const isImpatient = round % 2 === 1;
      if (isImpatient) await sleep(random.fraction() * 500);
      if (isImpatient) child.kill('SIGINT');
      const { exitCode, signal, stderr } = await child;
      // So early that nothing listens yet, the signal itself ends it.
      expect([exitCode, signal], `${afterMs} ms: ${stderr}`).toEqual(
        signal === 'SIGINT' ? [undefined, 'SIGINT'] : [130, undefined],
      );
      expect(await withoutVolumes(workspace), `${afterMs} ms`).toEqual([]);
    }
  });

  it(`heals whatever a killed one left, and its status hides nothing (seed ${SEED})`, async () => {
    const random = seededRandom(`${SEED}-kill`);
    for (let round = 0; round < 8; round++) {
      const afterMs = 300 + random.fraction() * LONGEST_START_MS;
      await (
        await signalled(afterMs, 'SIGKILL')
      ).child;
      const { data } = await workspace.json<SandboxStatus>('status');
      expect([0, 4], `${afterMs} ms`).toContain(data.units.length);
      const allReady = data.units.length > 0 && data.units.every(({ state }) => state === 'ready');
      expect(data.state === 'ready').toBe(allReady);
    }
    expect(await workspace.run('up --driver docker --detach')).toMatchObject({ exitCode: 0 });
    expect(await workspace.run('down --volumes --yes')).toMatchObject({ exitCode: 0 });
    expect(await leftovers(workspace.project)).toEqual([]);
  });

  it('twice at once starts one sandbox; down twice at once ends it', async () => {
    const up = () => workspace.json('up --driver docker --detach');
    const ends = await Promise.all([up(), up()]);
    const told = ends.map(({ exitCode, error }) => error?.code ?? exitCode);
    expect([0, 'SANDBOX_BUSY']).toEqual(expect.arrayContaining(told));
    expect(told).toContain(0);
    expect((await workspace.json<SandboxStatus>('status')).data.units).toHaveLength(4);
    expect(
      (await withoutVolumes(workspace)).filter((thing) => thing.startsWith('container ')),
    ).toHaveLength(4);
    const downs = await Promise.all([workspace.run('down'), workspace.run('down')]);
    expect(downs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await withoutVolumes(workspace)).toEqual([]);
  });
});

describe('detached in Docker', () => {
  describeWithDocker('a service', () => {
    it.each([
      [
        'never gets ready',
        `console.log('still thinking'); setInterval(() => {}, 1000);`,
        { timeout: '5s', exitCode: 6 },
      ],
      [
        'crashes',
        `console.log('still thinking'); process.exit(1);`,
        { timeout: '30s', exitCode: 5 },
      ],
    ])(
      'that %s is shown by its last lines, and all stops',
      async (_, code, { timeout, exitCode }) => {
        await using workspace = DockerWorkspace.of(
          'name: sick\nservices: { teller: { path: teller } }\n',
        );
        write(join(workspace.root, 'teller/src/main.ts'), code);
        const ended = await workspace.run(`up --driver docker --detach --timeout ${timeout}`);
        expect(ended).toMatchObject({ exitCode });
        expect(ended.stderr).toContain('still thinking');
        expect(await withoutVolumes(workspace)).toEqual([]);
      },
    );
  });
});
