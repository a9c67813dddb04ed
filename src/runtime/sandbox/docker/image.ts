import type Docker from 'dockerode';
import type { Reporter, Step } from '../../../kernel/reporter.ts';
import { engineFailure } from './engine-failure.ts';
import { makeImage } from './image-build.ts';
import { contentHashOf, factsOf, type ImageRecipe } from './image-identity.ts';
import { type RecipeInput, recipeFor } from './image-recipe.ts';
import { tryImage } from './image-trial.ts';
import { ensureBase, localImageId } from './pull.ts';

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
const TAG = new RegExp(`(?:^|/)${REPOSITORY}:[0-9a-f]+$`);
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
    step = request.reporter.step('image');
    const made = await image(docker, request, { recipe, facts, step });
    step.succeed(made.how);
    return made.reference;
  } catch (error) {
    step?.fail();
    request.signal.throwIfAborted();
    throw engineFailure(error, 'make the image of the sandbox');
  }
}

/** Removes images of ours that no container uses, but not `keep`. */
export async function removeOldImages(docker: Docker, keep: string): Promise<void> {
  try {
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

interface Making {
  recipe: ImageRecipe;
  facts: string;
  step: Step;
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
    .find((tag) => TAG.test(tag));
}

/** The image of the same content, made of other files, or a new one. */
async function image(
  docker: Docker,
  request: ImageRequest,
  { recipe, facts, step }: Making,
): Promise<{ reference: string; how: string }> {
  const { base } = recipe;
  const baseId =
    base === undefined ? undefined : await ensureBase(docker, base, { ...request, step });
  step.update('reading the files');
  const tag = (await contentHashOf(recipe, baseId)).slice(0, TAG_LENGTH);
  const reference = `${REPOSITORY}:${tag}`;
  if ((await localImageId(docker, reference)) !== undefined) return { reference, how: 'found' };

  const from = base ?? "this machine's Node";
  step.update(`making it of ${from}`);
  const labels = { [OURS]: '1', [FACTS]: facts, ...(baseId !== undefined && { [BASE]: baseId }) };
  const id = await makeImage(docker, recipe, { labels, signal: request.signal });
  try {
    await using _trial = await tryImage(docker, {
      image: id,
      from,
      hint: hintFor(recipe),
      signal: request.signal,
    });
    request.signal.throwIfAborted();
    await docker.getImage(id).tag({ repo: REPOSITORY, tag });
  } catch (error) {
    await docker.getImage(id).remove().catch(ignoreUsedAndGone);
    throw error;
  }
  return { reference, how: `made of ${from}` };
}

function hintFor({ base }: ImageRecipe): string {
  return base === undefined
    ? 'Name a base image with Node 24 by sandbox.images.node in fintech.yaml, or run --driver embedded.'
    : 'Name another base image with Node 24 by sandbox.images.node in fintech.yaml, or run --driver embedded.';
}

/** The engine answers 409 for an image that a container uses, and 404 for one just removed. */
function ignoreUsedAndGone(error: unknown): void {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode !== 404 && statusCode !== 409) throw error;
}
