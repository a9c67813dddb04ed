import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICE } from '../../src/names.ts';
import { readEnvironment, type Variables } from '../../src/platform/environment.ts';
import { type RunningService, startService } from '../../src/service.ts';
import { httpFake, sendJson } from './http-fake.ts';
import { ISSUER, publicKeys } from './tokens.ts';

const hint = `needs a sandbox: fintech exec --service ${SERVICE} -- npm test`;

/** Why a test that needs a sandbox cannot run; false where it can. */
export const missing: string | false = process.env['FINTECH_CLIENT_SECRET'] ? false : hint;

/**
 * One more instance of this service over the sandbox's event store. It lets in whom the tests name,
 * so it stays out of the registry.
 */
export async function oneMoreInstance(variables: Variables = {}): Promise<RunningService> {
  const dataFolder = mkdtempSync(join(tmpdir(), `${SERVICE}-sandbox-`));
  const issuer = await httpFake((_seen, reply) => sendJson(reply, 200, publicKeys));
  const service = await startService(
    readEnvironment({
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'silent',
      DATA_DIR: dataFolder,
      CONSUL_HTTP_ADDR: '',
      FINTECH_ISSUER: ISSUER,
      FINTECH_JWKS_URL: issuer.url,
      ...variables,
    }),
  );
  return {
    url: service.url,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
      rmSync(dataFolder, { recursive: true });
    },
  };
}
