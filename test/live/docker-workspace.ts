import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { readDriverRecord } from '../../src/runtime/sandbox/driver-record.ts';
import { docker, removeProject } from '../../src/runtime/sandbox/testing/docker-engine.ts';
import {
  type Ended,
  type Envelope,
  fintech,
  fintechJson,
  temporaryFolder,
  write,
} from '../cli/program.ts';

/** No driver is named: `auto` has its say. */
export const AUTO: Record<string, string> = { FINTECH_DRIVER: '' };
export const NO_ENGINE: Record<string, string> = {
  ...AUTO,
  DOCKER_HOST: 'unix:///nowhere/docker.sock',
};

/** A workspace whose sandbox may run in Docker. Nothing of it is left there once it is disposed. */
export class DockerWorkspace implements AsyncDisposable {
  readonly root: string;
  readonly #remove: () => PromiseLike<void> | void;
  #project = '';

  constructor(root: string, remove: () => PromiseLike<void> | void) {
    this.root = root;
    this.#remove = remove;
  }

  /** One with nothing but this configuration. */
  static of(config: string): DockerWorkspace {
    const folder = temporaryFolder();
    write(join(folder.path, 'fintech.yaml'), config);
    return new DockerWorkspace(folder.path, () => folder[Symbol.dispose]());
  }

  run(args: string, env: Record<string, string> = AUTO): Promise<Ended> {
    return fintech(args.split(' '), { cwd: this.root, env });
  }

  json<Data>(
    args: string,
    env: Record<string, string> = AUTO,
  ): Promise<Envelope<Data> & { exitCode: number | undefined }> {
    return fintechJson<Data>(args.split(' '), { cwd: this.root, env });
  }

  /** The Compose project it has, or last had, in Docker. */
  get project(): string {
    const noted = readDriverRecord(join(this.root, '.fintech')).docker?.project;
    return (this.#project = noted ?? this.#project);
  }

  containerName(unit: string): string {
    return `${this.project}-${unit}-1`;
  }

  /** The service itself: the last below its runner, and that below the engine's init. */
  async servicePid(service: string): Promise<number> {
    const { State } = await docker.getContainer(this.containerName(service)).inspect();
    for (let pid = State.Pid; ;) {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      if (children === '') return pid;
      pid = Number(children.split(' ')[0]);
    }
  }

  /** Runs a module in a unit's container. @returns what it prints */
  async inside(unit: string, code: string): Promise<string> {
    const command = await docker.getContainer(this.containerName(unit)).exec({
      Cmd: ['node', '--input-type=module', '-e', code],
      AttachStdout: true,
      AttachStderr: true,
      // Then both come as they are, not in frames.
      Tty: true,
    });
    const output = await command.start({ Tty: true });
    const printed = text(output);
    await once(output, 'end');
    return (await printed).trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { project } = this;
    await this.run('down');
    if (project !== '') await removeProject(project);
    await this.#remove();
  }
}
