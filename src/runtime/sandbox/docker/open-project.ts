import { lookup } from 'node:dns/promises';
import type Docker from 'dockerode';
import { FintechError } from '../../../kernel/errors.ts';
import { printable } from '../../../kernel/printable.ts';
import type { DriverOptions } from '../driver.ts';
import { readDriverRecord } from '../driver-record.ts';
import { type Endpoint, findEndpoint } from './engine/endpoint.ts';
import { connectEngine } from './engine/engine.ts';
import { engineUnusable } from './engine/engine-absent.ts';
import { projectOf } from './project.ts';
import { ProjectEngine } from './project-engine.ts';

const LOOPBACK = '127.0.0.1';

/** The workspace's project at the engine that Docker's own settings name. @throws FintechError SANDBOX_DRIVER_ABSENT */
export async function openProject(options: DriverOptions): Promise<ProjectEngine> {
  const { docker, endpoint } = await connect(options).catch((error: unknown) => {
    throw withDataThere(error, options);
  });
  const { remoteHost } = endpoint;
  return new ProjectEngine(docker, {
    project: projectOf(options),
    remoteHost,
    publishOn: remoteHost === undefined ? LOOPBACK : await addressOf(remoteHost, endpoint),
    reporter: options.reporter,
  });
}

/** `ssh` also connects to names of its own settings, which lead nowhere else. */
async function addressOf(host: string, endpoint: Endpoint): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw engineUnusable(endpoint, {
      why: `answers, but its host "${printable(host)}" has no address by which its ports could be reached`,
      fix: "Name it by its host name or IP address, not by an alias of `ssh`'s settings",
      cause: error,
    });
  }
}

async function connect(options: DriverOptions): Promise<{ docker: Docker; endpoint: Endpoint }> {
  const endpoint = await findEndpoint(options);
  return { docker: await connectEngine(endpoint), endpoint };
}

/** Whoever could go on without Docker must know that this would be without the data. */
function withDataThere(error: unknown, { stateFolder }: DriverOptions): unknown {
  const holdsData = readDriverRecord(stateFolder).holders.includes('docker');
  if (!holdsData || !(error instanceof FintechError)) return error;
  const { code, message, hint, details, cause } = error;
  return new FintechError(code, `${message}; data of this workspace are in its volumes`, {
    ...(hint === undefined ? {} : { hint }),
    details,
    cause,
  });
}
