import { buffer } from 'node:stream/consumers';
import { archiveOf } from '../image/image-archive.ts';
import { FOLDERS, programEntries } from '../image/image-content.ts';
import { archiveDockerfileOf, DEFAULT_BASE } from '../image/image-dockerfile.ts';
import { parseImageReference } from '../image/image-reference.ts';

const ARCHIVE = 'fintech.tar';

/** A file of the build context. */
export interface ContextFile {
  name: string;
  content: Buffer;
}

/**
 * What the image of the components is built from: a Dockerfile, and the program as one archive. The
 * same program gives the same bytes.
 * @param baseImage `sandbox.images.node`
 * @throws FintechError CONFIG_INVALID for a base that is no image's name, SANDBOX_IMAGE_UNAVAILABLE
 *   when fintech was not built
 */
export async function imageContext({
  programFolder,
  baseImage = DEFAULT_BASE,
}: {
  programFolder: string;
  baseImage: string | undefined;
}): Promise<ContextFile[]> {
  parseImageReference(baseImage);
  const entries = [...(await programEntries(programFolder)), ...FOLDERS];
  return [
    { name: 'Dockerfile', content: Buffer.from(archiveDockerfileOf(baseImage, ARCHIVE)) },
    { name: ARCHIVE, content: await buffer(archiveOf(entries)) },
  ];
}
