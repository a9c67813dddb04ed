import { dirname } from 'node:path';
import { FintechError } from '../kernel/errors.ts';
import { openKeys } from '../runtime/identity/public.ts';
import { composeFile } from '../runtime/sandbox/docker/compose/compose-file.ts';
import { imageContext } from '../runtime/sandbox/docker/compose/compose-image.ts';
import { parseImageReference } from '../runtime/sandbox/docker/image/image-reference.ts';
import type { SandboxPlan } from '../runtime/sandbox/plan.ts';
import type { WantedFile } from '../scaffold/render.ts';
import type { Context } from './context.ts';
import { type SecretVariables, type Setting, settingsFile } from './export-secrets.ts';
import { ensureStateFolder, type Workspace, nameOf } from './workspace.ts';

/** Compose reads it by itself: the name of the project and the secrets. */
export const SETTINGS_FILE = '.env';

export interface FilesInput {
  workspace: Workspace;
  plan: SandboxPlan;
  /** Where they go, absolute. */
  folder: string;
  project: string;
  imagePrefix: string | undefined;
  secrets: SecretVariables;
  /** Variables that services take from the environment. */
  names: readonly string[];
  /** The text of `.env` that is there, if any. */
  settings: string;
}

const IMAGE_FOLDER = 'image';
const OWNER_ONLY = 0o600;

/** Every file of an export, by its path in the folder. */
export async function exportedFiles(context: Context, input: FilesInput): Promise<WantedFile[]> {
  const { workspace, project, secrets, names, settings } = input;
  const blank = [
    { name: 'COMPOSE_PROJECT_NAME', value: project },
    ...secrets.entries().map(([, name]) => ({ name, value: '' })),
  ];
  return [
    file('compose.yaml', composeYaml(context, input)),
    ...(await imageFiles(context, workspace)),
    file('.gitignore', GIT_IGNORE),
    file('.env.example', exampleOf(blank, names)),
    {
      ...file(SETTINGS_FILE, settingsFile(settings, await filledIn(context, input))),
      mode: OWNER_ONLY,
    },
  ];
}

/** Folders above may well leave out `.env*` and archives. */
const GIT_IGNORE = `/.env
!/.env.example
!/image/
!/image/**
`;

function exampleOf(settings: readonly Setting[], names: readonly string[]): string {
  const references = names.map((name) => `# ${name}=\n`).join('');
  const rest =
    references === '' ? '' : `# fintech.yaml takes these from the environment:\n${references}`;
  return `# Copy this to .env, and give each secret a long random value.\n${settingsFile('', settings)}${rest}`;
}

/** The clients' secrets as they are in the sandbox. @throws FintechError KEYS_UNREADABLE */
async function filledIn(
  { random, clock }: Context,
  { workspace, project, secrets }: FilesInput,
): Promise<Setting[]> {
  await ensureStateFolder(workspace);
  const keys = openKeys(workspace.keysFolder, random, clock);
  return [
    { name: 'COMPOSE_PROJECT_NAME', value: project },
    ...secrets.entries().map(([id, name]) => ({ name, value: keys.clientSecret(id) })),
  ];
}

async function imageFiles({ self }: Context, { config }: Workspace): Promise<WantedFile[]> {
  const programFolder = dirname(dirname(self.entry));
  const files = await imageContext({ programFolder, baseImage: config.sandbox?.images?.node });
  return files.map(({ name, content }) => ({ path: `${IMAGE_FOLDER}/${name}`, content }));
}

function composeYaml({ version }: Context, input: FilesInput): string {
  const { workspace, plan, folder, imagePrefix } = input;
  const images = `${prefixOf(imagePrefix)}${nameOf(workspace)}`;
  const place = {
    root: workspace.root,
    folder,
    image: `${images}-fintech:${version}`,
    imageContext: `./${IMAGE_FOLDER}`,
    serviceImage: (service: string) => `${images}-${service}`,
  };
  return composeFile(plan, place, headOf(version));
}

function headOf(version: string): string[] {
  return [
    `Made by \`fintech export compose\` (fintech ${version}) from fintech.yaml; after a change there,`,
    'export again with --force. It runs without fintech, from this folder:',
    '',
    '  docker compose up -d --build     (docker-compose 1.29 does as well)',
    '  docker compose down              (with -v its data too)',
    '',
    'Secrets are in .env beside this file, which git ignores; .env.example names them.',
  ];
}

/** @throws FintechError USAGE_INVALID for what no image's name may begin with */
function prefixOf(prefix: string | undefined): string {
  if (prefix === undefined) return '';
  const path = prefix.replace(/\/$/, '');
  try {
    parseImageReference(`${path}/image:1`);
  } catch (error) {
    throw new FintechError('USAGE_INVALID', `--image-prefix ${prefix} begins no image's name`, {
      hint: 'Name a registry, and a path if there is one: registry.example:5000/acme.',
      cause: error,
    });
  }
  return `${path}/`;
}

function file(path: string, text: string): WantedFile {
  return { path, content: Buffer.from(text) };
}
