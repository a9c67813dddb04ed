import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { execa, type Result } from 'execa';
import { request } from 'undici';
import { parseDocument } from 'yaml';
import type { ExportData } from '../../src/app/export-compose.ts';
import { fintech, fintechJson, ROOT, temporaryFolder, write } from '../cli/program.ts';
import { freePorts } from './free-ports.ts';
import { BASE_LABEL, importBaseImage } from './node-base-image.ts';

export const PARTS: readonly string[] = [
  'registry',
  'identity',
  'events',
  'gateway',
  'ledger',
  'notes',
];

const REPOSITORY = 'fintech-compose-test';
/** What Compose gives `notes`; not what it is when the system is exported. */
const GREETING = 'good $morning';

/** A service of no framework and no Dockerfile. */
const NOTES = `
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
const { HOST, PORT, ADVERTISE_HOST, CONSUL_HTTP_ADDR, DATA_DIR, GREETING } = process.env;
const entry = { ID: 'notes-1', Name: 'notes', Address: ADVERTISE_HOST, Port: Number(PORT) };
const body = JSON.stringify(entry);
await fetch(CONSUL_HTTP_ADDR + '/v1/agent/service/register', { method: 'PUT', body });
writeFileSync(DATA_DIR + '/note.txt', GREETING);
createServer((_, response) => response.end(GREETING)).listen(Number(PORT), HOST);
process.on('SIGTERM', () => process.exit(0));
`;

/** A workspace with a ledger, exported for Compose, on names and ports of its own. */
export class ComposeSystem implements AsyncDisposable {
  readonly #docker: Docker;
  readonly #tag = randomUUID().slice(0, 8);
  readonly #folder = temporaryFolder();
  readonly #ports: Readonly<Record<string, number>>;
  readonly #name = `bank-${this.#tag}`;
  readonly root: string = join(this.#folder.path, this.#name);
  readonly project: string = `${this.#name}-compose`;

  private constructor(docker: Docker, ports: Readonly<Record<string, number>>) {
    this.#docker = docker;
    this.#ports = ports;
  }

  /** Scaffolds, makes a base image, and exports; nothing runs yet. */
  static async make(docker: Docker): Promise<ComposeSystem> {
    const system = new ComposeSystem(docker, await freePorts(PARTS));
    await system.#makeWorkspace();
    const cache = join(system.#folder.path, 'npm-cache');
    await installInto(system.root, { cache, services: ['ledger'] });
    await importBaseImage(docker, { repo: REPOSITORY, tag: system.#tag, cache });
    await system.#export();
    return system;
  }

  compose(...args: string[]): Promise<Result> {
    return this.#run('docker-compose', args);
  }

  /** A script of a shell in the folder of `compose.yaml`. */
  shell(script: string): Promise<Result> {
    return this.#run('/bin/sh', ['-ec', script]);
  }

  url(part: string): string {
    return `http://127.0.0.1:${this.#ports[part]}`;
  }

  /** A token that the issuer gives the client `shop`. */
  async token(audience: 'api' | 'events', scope: string): Promise<string> {
    const secret = /^CLIENT_SECRET_SHOP=(.*)$/m.exec(this.#read('deploy/compose/.env'))?.[1];
    const answer = await request(`${this.url('identity')}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`shop:${secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: `grant_type=client_credentials&resource=urn:fintech:${audience}&scope=${scope}`,
    });
    return ((await answer.body.json()) as { access_token: string }).access_token;
  }

  containers(): Promise<Docker.ContainerInfo[]> {
    return this.#docker.listContainers({ all: true, ...this.#labelled() });
  }

  /** Names of what is left of the project. */
  async leftovers(): Promise<string[]> {
    const [containers, networks, { Volumes: volumes }] = await Promise.all([
      this.containers(),
      this.#docker.listNetworks(this.#labelled()),
      this.#docker.listVolumes(this.#labelled()),
    ]);
    return [
      ...containers.flatMap(({ Names }) => Names),
      ...[...networks, ...volumes].map(({ Name }) => Name),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose('down', '-v', '--remove-orphans');
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    const built = [`${this.#name}-fintech:${version}`, `${this.#name}-ledger`];
    for (const image of [...built, `${REPOSITORY}:${this.#tag}`]) {
      await this.#docker.getImage(image).remove({ force: true });
    }
    // Stages of builds that have no name.
    await this.#docker.pruneImages({ filters: { label: [`${BASE_LABEL}=${this.#tag}`] } });
    this.#folder[Symbol.dispose]();
  }

  async #makeWorkspace(): Promise<void> {
    const init = ['init', this.#name, '--services', 'ledger', '--yes'];
    const made = await fintech(init, { cwd: this.#folder.path });
    if (made.exitCode !== 0) throw new Error(made.stderr);
    const config = parseDocument(this.#read('fintech.yaml'));
    const base = `${REPOSITORY}:${this.#tag}`;
    const { ledger, notes, ...components } = this.#ports;
    const env = { GREETING: 'Say: ${NOTES_GREETING}' };
    config.setIn(['sandbox'], config.createNode({ ports: components, images: { node: base } }));
    config.setIn(
      ['identity', 'clients', 'shop'],
      config.createNode({ scopes: ['ledger:post', 'ledger:read', 'events:read'] }),
    );
    config.setIn(['services', 'ledger', 'port'], ledger);
    config.setIn(
      ['services', 'notes'],
      config.createNode({ path: 'services/notes', port: notes, env }),
    );
    write(join(this.root, 'fintech.yaml'), config.toString());
    write(join(this.root, 'services/notes/src/main.ts'), NOTES);
    const dockerfile = this.#read('services/ledger/Dockerfile');
    const standingIn = dockerfile.replaceAll(/^FROM node:24-slim/gm, `FROM ${base}`);
    writeFileSync(join(this.root, 'services/ledger/Dockerfile'), standingIn);
  }

  async #export(): Promise<void> {
    const { data, ok, error } = await fintechJson<ExportData>(['export', 'compose'], {
      cwd: this.root,
      env: { NOTES_GREETING: 'not exported' },
    });
    if (!ok) throw new Error(error?.message);
    if (data.project !== this.project) throw new Error(`the project is ${data.project}`);
  }

  #run(command: string, args: readonly string[]): Promise<Result> {
    const env = { NOTES_GREETING: GREETING };
    return execa(command, args, { cwd: join(this.root, 'deploy/compose'), env });
  }

  #read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  #labelled(): { filters: { label: string[] } } {
    return { filters: { label: [`com.docker.compose.project=${this.project}`] } };
  }
}

/** A lock file, and the packages that the builds of these services need, in a cache of npm's. */
export async function installInto(
  root: string,
  { cache, services }: { cache: string; services: readonly string[] },
): Promise<void> {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--cache', cache];
  await execa('npm', ['install', '--package-lock-only', ...quiet], { cwd: root });
  const built = services.flatMap((name) => ['--workspace', `services/${name}`]);
  await execa('npm', ['ci', '--omit=dev', ...built, ...quiet], { cwd: root });
}
