import { FintechError, messageOf } from '../kernel/errors.ts';
import type { DriverName } from '../runtime/sandbox/driver.ts';
import { readDriverRecord } from '../runtime/sandbox/driver-record.ts';
import type { Context } from './context.ts';
import type { Workspace } from './workspace.ts';

/** Which driver `up` takes, and why. */
export interface DriverChoice {
  name: DriverName;
  why: string;
  /** The driver that has this workspace's data, where it is another one. */
  dataWith?: DriverName;
}

/**
 * The flag, the environment and the file, in this order; `auto` takes the driver that holds the
 * workspace's data, and where there is none yet, Docker if its engine answers.
 * @throws FintechError USAGE_INVALID for a name that is none
 */
export async function chooseDriver(
  context: Context,
  workspace: Workspace,
  flag: string | undefined,
): Promise<DriverChoice> {
  const { wanted, why } = wish(context, workspace, flag);
  const [holder] = readDriverRecord(workspace.stateFolder).holders;
  if (wanted === 'auto') {
    if (holder !== undefined) return { name: holder, why: "auto: it has this workspace's data" };
    return automatic(context, workspace);
  }
  if (wanted !== 'embedded' && wanted !== 'docker') {
    throw new FintechError('USAGE_INVALID', `there is no driver "${wanted}"`, {
      hint: 'Drivers are auto, embedded and docker.',
    });
  }
  const elsewhere = holder !== undefined && holder !== wanted;
  return { name: wanted, why, ...(elsewhere ? { dataWith: holder } : {}) };
}

function wish(
  { environment }: Context,
  { config }: Workspace,
  flag: string | undefined,
): { wanted: string; why: string } {
  if (flag !== undefined) return { wanted: flag, why: 'by --driver' };
  const named = environment['FINTECH_DRIVER'] ?? '';
  if (named !== '') return { wanted: named, why: 'by FINTECH_DRIVER' };
  return { wanted: config.sandbox?.driver ?? 'auto', why: 'by fintech.yaml' };
}

/** A context or DOCKER_HOST that cannot be read is an error only for who asked for Docker. */
async function automatic(context: Context, { config }: Workspace): Promise<DriverChoice> {
  const { findEndpoint } = await import('../runtime/sandbox/docker/engine/endpoint.ts');
  const { engineAnswers } = await import('../runtime/sandbox/docker/engine/engine.ts');
  const embedded = (why: string): DriverChoice => ({ name: 'embedded', why: `auto: ${why}` });
  try {
    const endpoint = await findEndpoint(context);
    if (!(await engineAnswers(endpoint))) return embedded('no Docker engine answers');
    const services = Object.values(config.services ?? {});
    const mounted = services.some(({ external }) => external === undefined);
    if (endpoint.remoteHost !== undefined && mounted) {
      return embedded('the Docker engine is on another machine, which cannot mount the services');
    }
    return { name: 'docker', why: 'auto: its engine answers' };
  } catch (error) {
    context.reporter.detail(`no Docker: ${messageOf(error)}`);
    return embedded('no Docker engine answers');
  }
}
