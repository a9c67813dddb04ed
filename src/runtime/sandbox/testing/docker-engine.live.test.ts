import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  describeWithDocker,
  describeWithOwnEngine,
  docker,
  leftovers,
  removeProject,
} from './docker-engine.ts';
import { importNodeImage } from './docker-node-image.ts';
import { ownEngine } from './docker-own-engine.ts';

const SERVER = `
process.on('SIGTERM', () => process.exit(0));
require('node:http').createServer(async (request, response) => {
  const other = request.url.slice(1);
  response.end(other === '' ? 'here' : await (await fetch('http://' + other + ':3000/')).text());
}).listen(3000, '0.0.0.0');
`;

const id = `live-${randomBytes(4).toString('hex')}`;
const image = `fintech-${id}`;

describeWithDocker('what live tests are given', () => {
  const [project, other] = [`${id}-a`, `${id}-b`];

  beforeAll(() => importNodeImage(docker, image));
  afterAll(async () => {
    await removeProject(project);
    await removeProject(other);
    await docker.getImage(image).remove();
  });

  it('names what a project left, and removes that and nothing else', async () => {
    for (const name of [project, other]) {
      const labels = { 'dev.fintech.project': name };
      await docker.createNetwork({ Name: `${name}_default`, Labels: labels });
      await docker.createVolume({ Name: `${name}_data`, Labels: labels });
      await serve(docker, { name, network: `${name}_default`, labels });
    }
    const ofOther = [`container ${other}`, `network ${other}_default`, `volume ${other}_data`];

    expect(await leftovers(project)).toEqual([
      `container ${project}`,
      `network ${project}_default`,
      `volume ${project}_data`,
    ]);
    expect(await leftovers(other)).toEqual(ofOther);
    await removeProject(project);
    expect(await leftovers(project)).toEqual([]);
    expect(await leftovers(other)).toEqual(ofOther);
  });
});

describeWithOwnEngine('an engine of a test’s own', () => {
  afterAll(() => removeProject(id));

  it('serves published ports, is stopped, killed and started again, and leaves nothing', async () => {
    const labels = { 'dev.fintech.project': id };
    const network = await docker.createNetwork({ Name: id, Labels: labels });
    const before = machine(`br-${network.id.slice(0, 12)}`);
    expect(before.rules).not.toEqual([]);
    let folder: string;
    {
      await using engine = await ownEngine();
      folder = dirname(engine.address.replace('unix://', ''));
      await importNodeImage(engine.docker, image);
      await engine.docker.createNetwork({ Name: 'own' });
      await serve(engine.docker, { name: 'first', network: 'own' });
      await serve(engine.docker, { name: 'second', network: 'own' });
      await answers(engine.docker, 'first');

      await engine.stop();
      await expect(engine.docker.ping()).rejects.toThrow(/ENOENT|ECONNREFUSED/);
      await engine.start();
      await answers(engine.docker, 'second');

      await engine.kill();
      await expect(engine.docker.ping()).rejects.toThrow('ECONNREFUSED');
      await engine.start();
      await answers(engine.docker, 'first');
      // The machine's own engine sees none of this.
      await docker.ping();
      expect(await docker.listImages({ filters: { reference: [image] } })).toEqual([]);
      await engine.kill();
    }
    expect(existsSync(folder)).toBe(false);
    expect(processesNaming(folder)).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folder);
    expect(machine(before.bridge)).toEqual(before);
  });
});

interface Served {
  name: string;
  network: string;
  labels?: Record<string, string>;
}

async function serve(engine: Docker, { name, network, labels = {} }: Served): Promise<void> {
  const container = await engine.createContainer({
    name,
    Image: image,
    Labels: labels,
    Cmd: ['/bin/node', '-e', SERVER],
    ExposedPorts: { '3000/tcp': {} },
    HostConfig: {
      NetworkMode: network,
      RestartPolicy: { Name: 'always' },
      PortBindings: { '3000/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
    },
  });
  await container.start();
}

/** Waits until a container answers on its published port, and reaches the other by name. */
async function answers(engine: Docker, name: string): Promise<void> {
  const other = name === 'first' ? 'second' : 'first';
  await vi.waitFor(
    async () => {
      const { NetworkSettings } = await engine.getContainer(name).inspect();
      const port = NetworkSettings.Ports['3000/tcp']?.[0]?.HostPort;
      for (const path of ['', other]) {
        const response = await fetch(`http://127.0.0.1:${port}/${path}`);
        expect(await response.text()).toBe('here');
      }
    },
    { timeout: 20_000, interval: 50 },
  );
}

/** What a second engine could spoil for the first, whose network has this bridge, or leave behind. */
function machine(bridge: string): { bridge: string; rules: string[]; links: string[] } {
  const rules = execFileSync('iptables-save', { encoding: 'utf8' }).split('\n');
  const links = readdirSync('/sys/class/net');
  return {
    bridge,
    rules: rules.filter((rule) => rule.includes(bridge) || rule.includes('physdev')),
    links: links.filter(
      (name) => [bridge, 'docker0'].includes(name) || name.startsWith('fintech-'),
    ),
  };
}

function processesNaming(folder: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(commandLine).filter((line) => line.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it ended since
  }
}
