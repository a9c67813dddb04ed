import type Docker from 'dockerode';
import { messageOf } from '../../../../kernel/errors.ts';
import type { Endpoint } from './endpoint.ts';
import { engineAbsent, engineUnusable } from './engine-absent.ts';
import { askVersion, type EngineVersion } from './engine-version.ts';

export { engineFailure } from './engine-failure.ts';

/**
 * The API of Docker 20.10, the first whose containers find their host by `host-gateway`. Engines
 * are spoken to in it, or in the oldest they know, so that a newer one answers as the tested do.
 */
const LEAST_API = '1.41';

const TIMEOUT_MS = 5000;
/** `auto` asks at every start, so an engine that is slow counts as none. */
const AUTO_TIMEOUT_MS = 1000;

export interface ConnectOptions {
  /** How long the engine may take to answer; 5 s where it is not given. */
  timeoutMs?: number;
  /** Gives up; the reason is thrown. */
  signal?: AbortSignal;
}

/**
 * Connects to an engine once it has shown that it can be used.
 * @throws FintechError SANDBOX_DRIVER_ABSENT with address, origin, reason and fix
 */
export async function connectEngine(
  endpoint: Endpoint,
  options: ConnectOptions = {},
): Promise<Docker> {
  const [{ oldestApi }, { default: Client }] = await Promise.all([
    usableEngine(endpoint, options),
    import('dockerode'),
  ]);
  const version = isOlder(oldestApi, LEAST_API) ? LEAST_API : oldestApi;
  try {
    return new Client({ ...endpoint.options, version: `v${version}` });
  } catch (error) {
    // It reads the files of DOCKER_CERT_PATH even where DOCKER_TLS_VERIFY does not ask for them.
    const fix = 'Correct or unset DOCKER_CERT_PATH';
    throw engineUnusable(endpoint, {
      why: `cannot be used: ${messageOf(error)}`,
      fix,
      cause: error,
    });
  }
}

/** Whether an engine answers within a second and can be used. Never throws. */
export async function engineAnswers(endpoint: Endpoint): Promise<boolean> {
  try {
    await usableEngine(endpoint, { timeoutMs: AUTO_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}

async function usableEngine(
  endpoint: Endpoint,
  { timeoutMs = TIMEOUT_MS, signal }: ConnectOptions,
): Promise<EngineVersion> {
  const engine = await answerWithin(endpoint, { timeoutMs, signal });
  if (engine.os === 'windows') {
    const fix = 'Switch Docker to Linux containers';
    throw engineUnusable(endpoint, { why: 'runs Windows containers', fix });
  }
  if (isOlder(engine.api, LEAST_API)) {
    const why = `is too old: version ${engine.version} speaks API ${engine.api}, and ${LEAST_API} is needed`;
    throw engineUnusable(endpoint, { why, fix: 'Update it to Docker 20.10 or later' });
  }
  return engine;
}

async function answerWithin(
  endpoint: Endpoint,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<EngineVersion> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  try {
    return await askVersion(endpoint.options, either);
  } catch (error) {
    signal?.throwIfAborted();
    if (!timeout.aborted) throw engineAbsent(endpoint, error);
    const why = `does not answer within ${timeoutMs / 1000} s`;
    throw engineUnusable(endpoint, { why, fix: 'Start Docker anew', cause: error });
  }
}

/** Compares versions of the API, such as `1.41`, number by number. */
function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}
