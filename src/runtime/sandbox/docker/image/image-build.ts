import type Docker from 'dockerode';
import { archiveOf } from './image-archive.ts';
import type { ImageRecipe } from './image-identity.ts';
import { progressOf } from './engine-progress.ts';

export interface BuildOptions {
  labels: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** Has the engine make an image, and gives its id. It has no tag yet, so a half-made one is never used. */
export async function makeImage(
  docker: Docker,
  recipe: ImageRecipe,
  options: BuildOptions,
): Promise<string> {
  const archive = archiveOf(recipe.entries);
  try {
    return recipe.base === undefined
      ? await importImage(docker, archive, { ...options, settings: recipe.settings })
      : await buildImage(docker, archive, options);
  } finally {
    // When the engine refuses, the rest of the files need not be read.
    archive.destroy();
  }
}

async function importImage(
  docker: Docker,
  archive: NodeJS.ReadableStream,
  { labels, settings, signal }: BuildOptions & { settings: readonly string[] },
): Promise<string> {
  const lines = Object.entries(labels).map(([name, value]) => `LABEL ${name}=${value}`);
  const changes = [...settings, ...lines];
  const answer = await docker.importImage(archive, { changes, abortSignal: signal });
  let id: string | undefined;
  for await (const { status } of progressOf(answer)) id = status ?? id;
  return known(id);
}

async function buildImage(
  docker: Docker,
  archive: NodeJS.ReadableStream,
  { labels, signal }: BuildOptions,
): Promise<string> {
  const answer = await docker.buildImage(archive, {
    labels,
    forcerm: true,
    networkmode: 'none',
    abortSignal: signal,
  });
  let id: string | undefined;
  for await (const { aux } of progressOf(answer)) id = aux?.ID ?? id;
  return known(id);
}

function known(id: string | undefined): string {
  if (id === undefined) throw new Error('the engine did not say which image it made');
  return id;
}
