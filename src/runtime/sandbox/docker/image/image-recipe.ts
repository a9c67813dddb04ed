import type Docker from 'dockerode';
import {
  FOLDERS,
  type ImageEntry,
  machineEntries,
  programEntries,
  unusualLibraryFolders,
} from './image-content.ts';
import { DEFAULT_BASE, dockerfileOf, importSettings } from './image-dockerfile.ts';
import type { ImageRecipe } from './image-identity.ts';
import { parseImageReference } from './image-reference.ts';

export interface RecipeInput {
  node: string;
  programFolder: string;
  baseImage: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
}

/** Docker's names of the processors that Node 24 has builds for. */
const ENGINE_ARCH: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  ppc64: 'ppc64le',
  s390x: 's390x',
};

/** From nothing where the engine runs this machine's programs and no base is named, else on a base. */
export async function recipeFor(docker: Docker, input: RecipeInput): Promise<ImageRecipe> {
  const program = [...(await programEntries(input.programFolder)), ...FOLDERS];
  const base = input.baseImage ?? ((await runsOurPrograms(docker)) ? undefined : DEFAULT_BASE);
  if (base !== undefined) {
    parseImageReference(base);
    return { entries: [...program, dockerfileEntry(base)], settings: [], base };
  }
  const machine = await machineEntries(input.node, input.environment);
  const settings = importSettings(unusualLibraryFolders(machine));
  return { entries: [...machine, ...program], settings, base };
}

/** Whether the engine runs on Linux and this machine's kind of processor, as this process does. */
export async function runsOurPrograms(docker: Docker): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { Os: system, Arch: arch } = await docker.version();
  return system === 'linux' && arch === ENGINE_ARCH[process.arch];
}

function dockerfileEntry(base: string): ImageEntry {
  return { path: '/Dockerfile', text: dockerfileOf(base), mode: 0o644, owner: 0 };
}
