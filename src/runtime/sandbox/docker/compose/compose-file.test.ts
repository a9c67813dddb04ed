import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Config } from '../../../../model/config.ts';
import { planSandbox, type SandboxPlan } from '../../plan.ts';
import { usualPorts } from '../../ports.ts';
import { containerTopology } from '../../topology.ts';
import { composeFile } from './compose-file.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fintech-compose-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

type Services = NonNullable<Config['services']>;
interface Written {
  services: Record<string, Record<string, unknown>>;
  volumes: Record<string, object>;
}

function planOf(services: Services): SandboxPlan {
  return planSandbox({
    config: { name: 'bank', services },
    root,
    ports: usualPorts({ configured: {}, environment: {} }, Object.keys(services)),
    publishedHost: '127.0.0.1',
    topology: containerTopology,
    secretOf: () => 'secret',
    except: new Set(),
  });
}

function textOf(services: Services): string {
  const place = {
    root,
    folder: join(root, 'deploy/compose'),
    image: 'bank-fintech:1',
    imageContext: './image',
    serviceImage: (name: string) => `bank-${name}`,
  };
  return composeFile(planOf(services), place, ['made by a test', '', 'run it']);
}

/** As docker-compose 1.29 reads it: YAML 1.1. */
function written(services: Services = {}): Written {
  return parse(textOf(services), { version: '1.1' }) as Written;
}

function file(path: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), '');
}

describe('compose.yaml', () => {
  it('begins with what it is, and gives every unit its environment, port and volume', () => {
    expect(textOf({})).toMatch(/^# made by a test\n#\n# run it\n\nservices:\n/);
    const { services, volumes } = written();
    expect(Object.keys(services)).toEqual(['registry', 'identity', 'events', 'gateway']);
    expect(Object.keys(volumes)).toEqual(Object.keys(services).map((name) => `${name}-data`));
    for (const unit of planOf({}).units) {
      expect(services[unit.name]).toMatchObject({
        image: 'bank-fintech:1',
        build: { context: './image' },
        command: ['serve', unit.name],
        user: '65532:65532',
        environment: unit.environment,
        ports: [`127.0.0.1:${unit.port}:${unit.port}`],
        volumes: [{ type: 'volume', source: `${unit.name}-data`, target: '/data' }],
      });
    }
  });

  it('takes all rights from every unit, and limits what it may use', () => {
    file('services/built/Dockerfile');
    const { services } = written({ built: { path: 'services/built' }, plain: { path: 'plain' } });
    expect(Object.keys(services)).toHaveLength(6);
    for (const [name, service] of Object.entries(services)) {
      const isService = ['built', 'plain'].includes(name);
      expect(service, name).toMatchObject({
        restart: 'unless-stopped',
        deploy: { replicas: 1 },
        read_only: true,
        tmpfs: ['/tmp:rw,nosuid,nodev,size=64m'],
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        mem_limit: isService ? '512m' : '384m',
        pids_limit: 256,
      });
      expect(service, name).not.toHaveProperty('privileged');
      expect(service, name).not.toHaveProperty('network_mode');
    }
  });

  it('builds a service from its Dockerfile, which says itself how and as whom it starts', () => {
    file('services/ledger/Dockerfile');
    const { ledger } = written({ ledger: { path: 'services/ledger' } }).services;
    expect(ledger).toMatchObject({
      image: 'bank-ledger',
      build: { context: '../..', dockerfile: 'services/ledger/Dockerfile' },
      depends_on: {
        registry: { condition: 'service_healthy' },
        gateway: { condition: 'service_healthy' },
      },
    });
    for (const key of ['user', 'command', 'entrypoint', 'working_dir']) {
      expect(ledger).not.toHaveProperty(key);
    }
  });

  it('probes a built service by Node only where Node starts it', () => {
    file('one/Dockerfile');
    file('two/Dockerfile');
    const { one, two } = written({
      one: { path: 'one' },
      two: { path: 'two', command: './run' },
    }).services;
    expect(one).toHaveProperty('healthcheck');
    expect(two).not.toHaveProperty('healthcheck');
  });

  it('mounts a service without a Dockerfile, read-only, and runs its command', () => {
    for (const path of ['services/a/x', 'node_modules/x', 'package.json']) file(path);
    const { a } = written({ a: { path: 'services/a', command: 'run --on $PORT' } }).services;
    expect(a).toMatchObject({
      image: 'bank-fintech:1',
      entrypoint: ['/bin/sh', '-c', 'run --on $$PORT'],
      working_dir: '/workspace/services/a',
      user: '65532:65532',
    });
    const mounts = [
      { source: '../../services/a', target: '/workspace/services/a' },
      { source: '../../node_modules', target: '/workspace/node_modules' },
      { source: '../../package.json', target: '/workspace/package.json' },
    ].map((mount) => ({ type: 'bind', ...mount, read_only: true }));
    const data = { type: 'volume', source: 'a-data', target: '/data' };
    expect(a).toHaveProperty('volumes', [data, ...mounts]);
  });

  it('mounts what lies outside the workspace, Dockerfile or not: the build context does not reach it', () => {
    const { away } = written({ away: { path: '..' } }).services;
    expect(away).toMatchObject({ image: 'bank-fintech:1' });
  });

  it('writes texts that YAML 1.1 would take for something else as texts', () => {
    const env = { A: 'on', B: 'no', C: '1_000', D: '12:30:45', E: '~', F: '0o7', G: '2027-01-01' };
    const { yes } = written({ yes: { path: 'yes', env } }).services;
    expect(yes?.['environment']).toMatchObject(env);
  });

  it('lets containers reach this machine only where a service runs on it', () => {
    const outside = written({ bank: { external: 'http://localhost:7000' } }).services;
    const away = written({ bank: { external: 'http://bank.example:7000' } }).services;
    for (const name of ['registry', 'gateway']) {
      expect(outside[name]).toHaveProperty('extra_hosts', ['host.docker.internal:host-gateway']);
      expect(away[name]).not.toHaveProperty('extra_hosts');
    }
  });
});
