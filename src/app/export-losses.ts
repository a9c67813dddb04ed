import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../model/config.ts';
import {
  hasHealthcheck,
  type ProgramSource,
  sourceOf,
} from '../runtime/sandbox/docker/compose/compose-service.ts';
import type { SandboxPlan, Unit } from '../runtime/sandbox/plan.ts';
import { MACHINE_HOST } from '../runtime/sandbox/topology.ts';

/** Something of the sandbox that an export does not have. */
export interface Loss {
  what: string;
  why: string;
  /** What to do about it. */
  instead: string;
}

export interface Exported {
  config: Config;
  plan: SandboxPlan;
  root: string;
  /** Variables that services take from the environment. */
  names: readonly string[];
}

/** What was not carried, the general first, then what is so in this workspace alone. */
export function lossesOf(exported: Exported): Loss[] {
  const services = exported.plan.units.filter(({ kind }) => kind === 'service');
  return [
    ...ALWAYS,
    ...(services.length > 0 ? [RESTART_ON_CHANGE] : []),
    ...(exported.names.length > 0 ? [variablesLeftOut(exported.names)] : []),
    ...externalServices(exported),
    ...services.flatMap((unit) => serviceLosses(unit, exported.root)),
  ];
}

const ALWAYS: readonly Loss[] = [
  {
    what: 'fintech token mint, and personas',
    why: 'identity makes signing keys of its own, in its volume; those of the project stay here',
    instead: 'ask its issuer for tokens, or bring the keys along: docs/export.md says how',
  },
  {
    what: 'events and read models',
    why: 'the volumes start empty',
    instead: 'keep the log of the sandbox with `fintech events export`',
  },
  {
    what: 'fintech up, down, status, logs, restart, env and exec',
    why: 'they know the sandbox of this workspace, which is another project',
    instead: 'use `docker compose up`, `down`, `ps`, `logs`, `restart` and `exec`',
  },
  {
    what: 'fintech verify without a source',
    why: 'it reads the running sandbox',
    instead: 'read the log with a token of the issuer and give verify the file: docs/export.md',
  },
  {
    what: 'ports that move when they are taken',
    why: 'everybody who has the file must find the same ports, and the issuer is named by one',
    instead:
      'fix others by sandbox.ports and services.<name>.port in fintech.yaml, and export again',
  },
  {
    what: 'secrets of the clients',
    why: 'what is exported may be committed; they are in .env, which git ignores',
    instead: 'on another machine copy .env.example to .env and fill in any long random values',
  },
  {
    what: 'more than one replica',
    why: 'registry, identity, events and gateway keep their state in files of their own',
    instead:
      'swap them for the real thing one by one: Consul, your identity provider, your gateway',
  },
  {
    what: 'TLS, and addresses other than loopback',
    why: 'the components are those of a sandbox: plain HTTP, published on 127.0.0.1',
    instead: 'put a proxy of yours before the gateway; its issuer stays one for tests',
  },
];

const RESTART_ON_CHANGE: Loss = {
  what: 'restart on a change of files',
  why: 'nobody watches the folders of services',
  instead: 'run `docker compose up -d --build` after a change',
};

function variablesLeftOut(names: readonly string[]): Loss {
  return {
    what: `values of ${names.join(', ')}`,
    why: 'services take them from the environment, and they may be secret',
    instead: 'set them in the environment of Compose, or in .env',
  };
}

function externalServices({ config, plan }: Exported): Loss[] {
  const registry = plan.units.find(({ name }) => name === 'registry');
  const reached = JSON.parse(registry?.environment['FINTECH_EXTERNAL'] ?? '{}') as object;
  return Object.entries(reached)
    .filter(([, url]) => String(url).includes(MACHINE_HOST))
    .map(([name, url]) => ({
      what: `${name}, which runs outside at ${config.services?.[name]?.external}`,
      why: `loopback of a container is its own; it is asked for at ${url}`,
      instead: 'have it listen on an address that containers reach, or name one by external',
    }));
}

function serviceLosses(unit: Unit, root: string): Loss[] {
  const source = sourceOf(unit, root);
  return source === 'dockerfile' ? builtService(unit, source) : [mountedService(unit)];
}

function builtService(unit: Unit, source: ProgramSource): Loss[] {
  const { name, process } = unit;
  const losses: Loss[] = [];
  if (process?.command !== undefined) {
    losses.push({
      what: `the command of ${name}`,
      why: 'its Dockerfile says how it starts',
      instead: `keep CMD there and services.${name}.command alike`,
    });
  }
  if (!hasHealthcheck(unit, source)) {
    losses.push({
      what: `the health check of ${name}`,
      why: 'our probe needs Node, which an image of another command may not have',
      instead: `give its Dockerfile a HEALTHCHECK that asks ${unit.readyPath}`,
    });
  }
  if (process !== undefined && !leavesRoot(process.folder)) {
    losses.push({
      what: `a user without rights for ${name}`,
      why: 'the last stage of its Dockerfile names none: it is root, though without capabilities',
      instead: 'add a USER to the Dockerfile',
    });
  }
  return losses;
}

function mountedService({ name, process }: Unit): Loss {
  return {
    what: `an image of ${name}`,
    why: `${process?.path ?? name} has no Dockerfile: it is mounted, and runs as user 65532`,
    instead: 'give it a Dockerfile; until then install its packages where it runs',
  };
}

/** Whether the last stage of a Dockerfile leaves root behind, as far as its text tells. */
function leavesRoot(folder: string): boolean {
  const text = readFileSync(join(folder, 'Dockerfile'), 'utf8');
  const lastStage = text.split(/^\s*FROM\s/im).at(-1) ?? '';
  const user = [...lastStage.matchAll(/^\s*USER\s+([^\s:]+)/gim)].at(-1)?.[1];
  return user !== undefined && user !== 'root' && user !== '0';
}
