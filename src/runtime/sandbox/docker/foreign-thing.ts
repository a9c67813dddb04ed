import { FintechError } from '../../../kernel/errors.ts';
import { type DockerProject, LABEL } from './project.ts';

/** What the engine calls a thing with a name, and the command that removes it. */
export interface NamedThing {
  kind: 'container' | 'network' | 'volume';
  name: string;
  labels: Readonly<Record<string, string>> | null | undefined;
}

const REMOVAL: Readonly<Record<NamedThing['kind'], string>> = {
  container: 'docker rm -f',
  network: 'docker network rm',
  volume: 'docker volume rm',
};

/**
 * Things are ours by their label alone: what has a name of ours without it was made by someone else,
 * and is neither used nor removed.
 * @throws FintechError SANDBOX_UNIT_FAILED
 */
export function demandOurs({ id }: DockerProject, { kind, name, labels }: NamedThing): void {
  if (labels?.[LABEL.project] === id) return;
  const why = `the sandbox needs a ${kind} named ${name}, and there is one that fintech did not make`;
  throw new FintechError('SANDBOX_UNIT_FAILED', why, {
    hint: `Rename it, or remove it with \`${REMOVAL[kind]} ${name}\` if nobody needs it.`,
    details: { kind, name },
  });
}
