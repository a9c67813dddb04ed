import type Docker from 'dockerode';
import { engineFailure } from './engine-failure.ts';

const INIT = 'docker-init';

/**
 * Whether an engine has the small first process that takes up what others leave. Debian's may lack
 * it; a container that asks for it then does not start. An engine lists what it could run itself.
 */
export async function hasInit(docker: Docker): Promise<boolean> {
  try {
    const version: { Components?: readonly { Name: string }[] } = await docker.version();
    return version.Components?.some(({ Name }) => Name === INIT) ?? false;
  } catch (error) {
    throw engineFailure(error, 'ask for its version');
  }
}
