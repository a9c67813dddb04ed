import { NODE_PATH, NONROOT, PROGRAM_PATH } from './image-content.ts';

/** What is pulled where this machine's own Node cannot run in the engine. */
export const DEFAULT_BASE = 'node:24-slim';

const USER = `${NONROOT}:${NONROOT}`;
/** The root file system is read-only; what writes to its home folder writes to `/tmp`. */
const ENVIRONMENT = { HOME: '/tmp' };

/**
 * The Dockerfile of an image on a base that has Node 24. Its context holds what the image holds, by
 * the same paths: `opt/fintech/{bin,dist,package.json}`, and the empty folders `data`, with mode
 * 1777, and `workspace`. It has no `RUN`, so nothing of the base is run to build it.
 */
export function dockerfileOf(base: string): string {
  return `FROM ${base}
COPY --chown=0:0 opt/fintech ${PROGRAM_PATH}
COPY --chown=${USER} data /data
COPY --chown=0:0 workspace /workspace
${settings({ node: 'node', environment: ENVIRONMENT }).join('\n')}
`;
}

/**
 * The same image, of an archive beside the Dockerfile that holds all of it with owners and modes:
 * what git or a umask does to files and empty folders does not matter.
 */
export function archiveDockerfileOf(base: string, archive: string): string {
  return `FROM ${base}
ADD ${archive} /
${settings({ node: 'node', environment: ENVIRONMENT }).join('\n')}
`;
}

/**
 * The settings of an image made from this machine's files, as the engine's import takes them.
 * @param libraryFolders where the dynamic loader has to be told to look
 */
export function importSettings(libraryFolders: readonly string[]): string[] {
  const libraries =
    libraryFolders.length === 0 ? {} : { LD_LIBRARY_PATH: libraryFolders.join(':') };
  const path = { PATH: '/usr/local/bin:/usr/bin:/bin' };
  return settings({ node: NODE_PATH, environment: { ...path, ...libraries, ...ENVIRONMENT } });
}

function settings(image: { node: string; environment: Record<string, string> }): string[] {
  return [
    // One a line: Podman's import takes a line for one variable.
    ...Object.entries(image.environment).map(([name, value]) => `ENV ${name}=${value}`),
    'WORKDIR /workspace',
    `USER ${USER}`,
    `ENTRYPOINT ${JSON.stringify([image.node, `${PROGRAM_PATH}/bin/fintech.js`])}`,
  ];
}
