import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { expect, vi } from 'vitest';

/** A Docker daemon of a test's own, to be stopped and killed as the test likes. Gone when disposed. */
export interface OwnEngine extends AsyncDisposable {
  docker: Docker;
  /** For `DOCKER_HOST`. */
  address: string;
  /** Starts it again, on the data it had. Containers' ports and restart policies are its own matter. */
  start(): Promise<void>;
  /** Ends it as an administrator would: it stops its containers first. */
  stop(): Promise<void>;
  /** Kills it. Its containers run on, and end when it starts again. */
  kill(): Promise<void>;
}

/** Networks of such engines are cut from a range meant for benchmarks (RFC 2544), so hosts have none. */
const SUBNETS = '198.18.0.0/16';

/**
 * Starts a second daemon beside the machine's own, containerd included: it shares no folder,
 * socket, bridge or iptables chain with it. It has no default bridge (give containers a network of
 * their own), reaches no outside host, and publishes ports by its proxy, as on loopback any does.
 */
export async function ownEngine(): Promise<OwnEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'fintech-engine-'));
  const socketPath = join(folder, 'docker.sock');
  // `host` and `protocol` keep DOCKER_HOST from being read instead.
  const docker = new Docker({ socketPath, host: '', protocol: 'http' });
  let daemon: ChildProcess | undefined;

  const start = async () => {
    if (daemon !== undefined) return;
    daemon = launch(folder, socketPath);
    await answering(daemon, docker, folder);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (daemon === undefined) return;
    await endProcess(daemon, signal);
    daemon = undefined;
    await containerdGone(folder);
  };
  const clear = () => {
    letNetworksTalk('-D');
    unmountBelow(folder);
    rmSync(folder, { recursive: true, force: true });
  };
  const dispose = async () => {
    try {
      // Only a running daemon can end the containers that one killed before has left.
      await start();
      await removeEverything(docker);
    } finally {
      await end('SIGTERM');
      clear();
    }
  };

  letNetworksTalk('-I');
  try {
    await start();
  } catch (error) {
    await end('SIGKILL');
    clear();
    throw error;
  }
  return {
    docker,
    address: `unix://${socketPath}`,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: dispose,
  };
}

function launch(folder: string, socketPath: string): ChildProcess {
  const config = join(folder, 'daemon.json');
  writeFileSync(config, JSON.stringify(configuration(folder, socketPath)));
  const log = openSync(join(folder, 'daemon.log'), 'a');
  try {
    return spawn('dockerd', ['--config-file', config], { stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

function configuration(folder: string, socketPath: string): object {
  return {
    hosts: [`unix://${socketPath}`],
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'exec'),
    pidfile: join(folder, 'daemon.pid'),
    // Where the machine has a containerd of its own, both daemons use it.
    'containerd-namespace': 'fintech',
    bridge: 'none',
    // A daemon that starts with iptables on empties the chains of the machine's own.
    iptables: false,
    ip6tables: false,
    'default-address-pools': [{ base: SUBNETS, size: 24 }],
    // What `host-gateway` stands for, which a daemon without a default bridge does not know.
    'host-gateway-ip': outsideAddress(),
  };
}

function outsideAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
}

async function answering(daemon: ChildProcess, docker: Docker, folder: string): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    daemon.once('error', reject);
    daemon.once('exit', () => reject(new Error(`dockerd ended: ${logTail(folder)}`)));
  });
  const up = vi.waitFor(() => docker.ping(), { timeout: 30_000, interval: 50 });
  await Promise.race([up, failed]);
}

function logTail(folder: string): string {
  return readFileSync(join(folder, 'daemon.log'), 'utf8').slice(-2_000);
}

async function endProcess(process: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill(signal);
  await ended;
}

/** Its containerd dies with it, but a daemon started before it has would hold it for alive. */
async function containerdGone(folder: string): Promise<void> {
  const pidFile = join(folder, 'exec/containerd/containerd.pid');
  if (!existsSync(pidFile)) return;
  const pid = readFileSync(pidFile, 'utf8').trim();
  await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), { timeout: 10_000 });
}

async function removeEverything(docker: Docker): Promise<void> {
  const containers = await docker.listContainers({ all: true });
  await Promise.all(
    containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })),
  );
  // A network is a bridge of this machine, which would outlive the daemon.
  await docker.pruneNetworks();
}

/**
 * The machine's own daemon drops what is forwarded and not allowed, also between containers on
 * one bridge. This allows it between ours, and takes that back.
 */
function letNetworksTalk(change: '-I' | '-D'): void {
  const rule = ['FORWARD', '-s', SUBNETS, '-d', SUBNETS, '-j', 'ACCEPT'];
  execFileSync('iptables', ['--wait', change, ...rule]);
}

function unmountBelow(folder: string): void {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.toReversed()) execFileSync('umount', ['--lazy', point]);
}
