import { lookup } from 'node:dns/promises';
import type { DriverOptions } from '../driver.ts';
import { findEndpoint } from './engine/endpoint.ts';
import { connectEngine } from './engine/engine.ts';
import { projectOf } from './project.ts';
import { ProjectEngine } from './project-engine.ts';

const LOOPBACK = '127.0.0.1';

/** The workspace's project at the engine that Docker's own settings name. @throws FintechError SANDBOX_DRIVER_ABSENT */
export async function openProject(options: DriverOptions): Promise<ProjectEngine> {
  const endpoint = await findEndpoint(options);
  const docker = await connectEngine(endpoint);
  const { remoteHost } = endpoint;
  return new ProjectEngine(docker, {
    project: projectOf(options),
    remoteHost,
    publishOn: remoteHost === undefined ? LOOPBACK : (await lookup(remoteHost)).address,
  });
}
