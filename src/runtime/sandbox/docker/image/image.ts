import type Docker from 'dockerode';
import { FintechError } from '../../../../kernel/errors.ts';
import type { Reporter, Step } from '../../../../kernel/reporter.ts';
import { engineFailure } from '../engine/engine-failure.ts';
import { makeImage } from './image-build.ts';
import { contentHashOf, factsOf, type ImageRecipe } from './image-identity.ts';
import { type RecipeInput, recipeFor } from './image-recipe.ts';
import { removeLeftTrials, tryImage } from './image-trial.ts';
import { localImageId, pullImage } from './pull.ts';

export interface ImageRequest extends RecipeInput {
  /** Node that runs fintech; goes into the image where the engine runs the same platform. */
  node: string;
  /** Folder of this package: its `bin/`, `dist/` and `package.json` go into the image. */
  programFolder: string;
  /** `sandbox.images.node`: a base to use instead of this machine's Node. */
  baseImage: string | undefined;
  /** For Docker's own `config.json` (`DOCKER_CONFIG`) and the credential helpers it names. */
  environment: Readonly<Record<string, string | undefined>>;
  homeFolder: string;
  reporter: Reporter;
  signal: AbortSignal;
}

const REPOSITORY = 'fintech-sandbox';
const OURS = 'dev.fintech.image';
/** Facts of the files an image was made of: an image with the same facts is up to date. */
const FACTS = 'dev.fintech.image.facts';
/** Id of its base, which may have moved to another image since. */
const BASE = 'dev.fintech.image.base';
/** Podman puts a registry before names that have none. */
const TAG = new RegExp(`(?:^|/)(${REPOSITORY}:[0-9a-f]+)$`);
const TAG_LENGTH = 16;

/**
 * Finds the image all containers run, or makes it.
 * @returns its reference, `fintech-sandbox:<hash of its content>`
 * @throws FintechError SANDBOX_IMAGE_UNAVAILABLE when it cannot be made here, with how to go on
 */
export async function ensureImage(docker: Docker, request: ImageRequest): Promise<string> {
  let step: Step | undefined;
  try {
    const recipe = await recipeFor(docker, request);
    const facts = await factsOf(recipe);
    const current = await currentImage(docker, facts, recipe.base);
    if (current !== undefined) return current;
    const target = await targetOf(docker, recipe);
    if (target?.exists === true) return target.reference;
    step = request.reporter.step('image');
    const { reference, how } = await makeNew(docker, request, { recipe, facts, target, step });
    step.succeed(how);
    return reference;
  } catch (error) {
    step?.fail();
    request.signal.throwIfAborted();
    throw engineFailure(error, 'make the image of the sandbox');
  }
}

/** Removes images of ours that no container uses, but not `keep`. */
export async function removeOldImages(docker: Docker, keep: string): Promise<void> {
  try {
    // Refused while another is at it, who then removes the same.
    await removeLeftTrials(docker).catch(ignoreUsedAndGone);
    const keepId = await localImageId(docker, keep);
    const images = await docker.listImages({ filters: { label: [OURS] } });
    await Promise.all(
      images
        .filter(({ Id }) => Id !== keepId)
        .map(({ Id }) => docker.getImage(Id).remove().catch(ignoreUsedAndGone)),
    );
  } catch (error) {
    throw engineFailure(error, 'remove old images');
  }
}

/** What the image is to be called, once the content of its base is known. */
interface Target {
  reference: string;
  /** Made of other files with the same content. */
  exists: boolean;
  baseId: string | undefined;
}

interface Making {
  recipe: ImageRecipe;
  facts: string;
  /** Undefined while the base is not there. */
  target: Target | undefined;
  step: Step;
}

async function targetOf(docker: Docker, recipe: ImageRecipe): Promise<Target | undefined> {
  const { base } = recipe;
  const baseId = base === undefined ? undefined : await localImageId(docker, base);
  if (base !== undefined && baseId === undefined) return undefined;
  const reference = `${REPOSITORY}:${(await contentHashOf(recipe, baseId)).slice(0, TAG_LENGTH)}`;
  return { reference, exists: (await localImageId(docker, reference)) !== undefined, baseId };
}

/** The image of the same files, unless the base it stands on has been replaced since. */
async function currentImage(
  docker: Docker,
  facts: string,
  base: string | undefined,
): Promise<string | undefined> {
  const images = await docker.listImages({ filters: { label: [`${FACTS}=${facts}`] } });
  const baseId = base === undefined ? undefined : await localImageId(docker, base);
  return images
    .filter(({ Labels }) => baseId === undefined || Labels[BASE] === baseId)
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .map((tag) => TAG.exec(tag)?.[1])
    .find((tag) => tag !== undefined);
}

async function makeNew(
  docker: Docker,
  request: ImageRequest,
  { step, ...making }: Making,
): Promise<{ reference: string; how: string }> {
  const { base } = making.recipe;
  if (making.target === undefined && base !== undefined) {
    await pullImage(docker, base, { ...request, step });
  }
  const target = making.target ?? (await targetOf(docker, making.recipe));
  if (target === undefined) throw new Error(`the engine pulled ${base} and lost it`);
  if (target.exists) return { reference: target.reference, how: `found for ${base}` };
  const from = base ?? "this machine's Node";
  step.update(`making it of ${from}`);
  await makeAndTry(docker, { ...making, target, from, signal: request.signal });
  return { reference: target.reference, how: `made of ${from}` };
}

/** Gives the image its name only when it is known to run. */
async function makeAndTry(
  docker: Docker,
  making: { recipe: ImageRecipe; facts: string; target: Target; from: string; signal: AbortSignal },
): Promise<void> {
  const { recipe, facts, target, from, signal } = making;
  const base = target.baseId === undefined ? {} : { [BASE]: target.baseId };
  const labels = { [OURS]: '1', [FACTS]: facts, ...base };
  const id = await makeImage(docker, recipe, { labels, signal });
  try {
    const hint = hintFor(recipe);
    await using _trial = await tryImage(docker, { image: id, from, hint, signal });
    signal.throwIfAborted();
    if ((await factsOf(recipe)) !== facts) throw changedMeanwhile();
    const [repo = '', tag = ''] = target.reference.split(':');
    await docker.getImage(id).tag({ repo, tag });
  } catch (error) {
    await docker.getImage(id).remove().catch(ignoreUsedAndGone);
    throw error;
  }
}

function hintFor({ base }: ImageRecipe): string {
  return base === undefined
    ? 'Name a base image with Node 24 by sandbox.images.node in fintech.yaml, or run --driver embedded.'
    : 'Name another base image with Node 24 by sandbox.images.node in fintech.yaml, or run --driver embedded.';
}

/** Under its name would be what the files held before, or a mixture. */
function changedMeanwhile(): FintechError {
  return new FintechError(
    'SANDBOX_IMAGE_UNAVAILABLE',
    'the files of fintech or Node changed while the image was made of them',
    { hint: 'Run the command again once the installation or build has ended.' },
  );
}

/** The engine answers 409 for an image that a container uses, and 404 for one just removed. */
function ignoreUsedAndGone(error: unknown): void {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode !== 404 && statusCode !== 409) throw error;
}
