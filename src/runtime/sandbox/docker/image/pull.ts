import type Docker from 'dockerode';
import type { Reporter, Step } from '../../../../kernel/reporter.ts';
import { progressOf } from './engine-progress.ts';
import { type ImageReference, parseImageReference } from './image-reference.ts';
import { runsOurPrograms } from './image-recipe.ts';
import { pullFailure } from './pull-failure.ts';
import { PullProgress } from './pull-progress.ts';
import { credentialsFor } from './registry-credentials.ts';

export interface PullOptions {
  environment: Readonly<Record<string, string | undefined>>;
  homeFolder: string;
  reporter: Reporter;
  signal: AbortSignal;
  /** Shows how far it is. */
  step: Step;
}

/** The id of an image the engine has, undefined when it has none of this name. */
export async function localImageId(docker: Docker, reference: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(reference).inspect()).Id;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

/**
 * Pulls an image with Docker's own credentials.
 * @throws FintechError SANDBOX_IMAGE_UNAVAILABLE that says why, and how to go on without
 */
export async function pullImage(docker: Docker, name: string, options: PullOptions): Promise<void> {
  const reference = parseImageReference(name);
  options.reporter.note(`pulling ${reference.full}`);
  try {
    await pull(docker, reference, options);
  } catch (error) {
    options.signal.throwIfAborted();
    throw pullFailure(error, { reference, withoutPull: await runsOurPrograms(docker) });
  }
}

async function pull(
  docker: Docker,
  { registry, full }: ImageReference,
  { reporter, step, ...options }: PullOptions,
): Promise<void> {
  const warn = (message: string) => reporter.warn(message);
  const credentials = await credentialsFor(registry, { ...options, warn });
  const answer = await docker.createImage(credentials, {
    fromImage: full,
    abortSignal: options.signal,
  });
  const progress = new PullProgress();
  for await (const line of progressOf(answer))
    step.update(`pulling ${full}: ${progress.take(line)}`);
}
