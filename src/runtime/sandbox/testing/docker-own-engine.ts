import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
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

/** The daemons' default bridges get subnets of a range meant for benchmarks (RFC 2544): no host's. */
const bridgeAddress = (third: number) => `198.19.${third}.1`;

/**
 * Starts a second daemon beside the machine's own, containerd included: it shares no folder,
 * socket, bridge or iptables chain with it. Its containers reach no outside host. Ports are
 * published by its proxy, as every engine does it on loopback.
 */
export async function ownEngine(): Promise<OwnEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'fintech-engine-'));
  const socketPath = join(folder, 'docker.sock');
  // `host` and `protocol` keep DOCKER_HOST from being read instead.
  const docker = new Docker({ socketPath, host: '', protocol: 'http' });
  const bridge = addBridge();
  let daemon: ChildProcess | undefined;

  const start = async () => {
    if (daemon !== undefined) return;
    daemon = launch(folder, { socketPath, bridge });
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
    execFileSync('ip', ['link', 'delete', bridge]);
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

interface Place {
  socketPath: string;
  bridge: string;
}

function launch(folder: string, place: Place): ChildProcess {
  const config = join(folder, 'daemon.json');
  writeFileSync(config, JSON.stringify(configuration(folder, place)));
  const log = openSync(join(folder, 'daemon.log'), 'a');
  try {
    return spawn('dockerd', ['--config-file', config], { stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

function configuration(folder: string, { socketPath, bridge }: Place): object {
  return {
    hosts: [`unix://${socketPath}`],
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'exec'),
    pidfile: join(folder, 'daemon.pid'),
    // Where the machine has a containerd of its own, both daemons use it.
    'containerd-namespace': 'fintech',
    // With `none`, or with address pools, a daemon that starts deletes `docker0`, the other's.
    bridge,
    // With iptables on, it empties the chains of the machine's own.
    iptables: false,
    ip6tables: false,
  };
}

/** @returns the name of a new bridge, on a subnet that no other has */
function addBridge(): string {
  const taken = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const free = Array.from({ length: 256 }, (_, third) => bridgeAddress(third)).find((address) =>
    taken.every((other) => other.address !== address),
  );
  if (free === undefined) throw new Error('256 engines of tests run already, or were left');
  const name = `fintech-${randomBytes(3).toString('hex')}`;
  execFileSync('ip', ['link', 'add', name, 'type', 'bridge']);
  execFileSync('ip', ['address', 'add', `${free}/24`, 'dev', name]);
  execFileSync('ip', ['link', 'set', name, 'up']);
  return name;
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
 * one bridge, and knows nothing of ours. This allows what stays on its bridge, and takes that back.
 */
function letNetworksTalk(change: '-I' | '-D'): void {
  const bridged = ['FORWARD', '-m', 'physdev', '--physdev-is-bridged', '-j', 'ACCEPT'];
  execFileSync('iptables', ['--wait', change, ...bridged]);
}

function unmountBelow(folder: string): void {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.toReversed()) execFileSync('umount', ['--lazy', point]);
}
