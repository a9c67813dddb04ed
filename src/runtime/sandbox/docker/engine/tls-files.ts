import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { FintechError, messageOf } from '../../../../kernel/errors.ts';
import { readDockerFile } from './docker-context.ts';

/** PEM texts for a connection by TLS. Without `ca` the system's own authorities are trusted. */
export interface TlsFiles {
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
}

interface TlsFolder {
  folder: string;
  /** What names the folder, for messages: `DOCKER_CERT_PATH`. */
  source: string;
  /** Whether a missing `ca.pem` is a mistake, as it is where a check was asked for. */
  needsCa: boolean;
}

/**
 * Reads `ca.pem`, `cert.pem` and `key.pem` of a folder; any may be absent, but not half a pair.
 * @throws FintechError SANDBOX_DRIVER_ABSENT naming the file that is missing or broken
 */
export async function readTlsFiles({ folder, source, needsCa }: TlsFolder): Promise<TlsFiles> {
  const read = (name: string) => readDockerFile(join(folder, name));
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  const missing = (name: string) => unusable(source, `${join(folder, name)} is missing`);
  if (needsCa && ca === undefined) throw missing('ca.pem');
  if (cert === undefined && key !== undefined) throw missing('cert.pem');
  if (key === undefined && cert !== undefined) throw missing('key.pem');
  try {
    createSecureContext({ ca, cert, key });
  } catch (error) {
    throw unusable(source, `${folder} holds broken certificates: ${messageOf(error)}`);
  }
  return { ca, cert, key };
}

function unusable(source: string, why: string): FintechError {
  return new FintechError('SANDBOX_DRIVER_ABSENT', `TLS for Docker by ${source}: ${why}`, {
    hint:
      'Put ca.pem, cert.pem and key.pem of that engine there, ' +
      'or run without Docker: --driver embedded.',
  });
}
