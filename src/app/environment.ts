import { join } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { FintechError, messageOf } from '../kernel/errors.ts';
import { runInForeground } from '../kernel/foreground.ts';
import { nearestName } from '../kernel/nearest.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { COMPONENTS } from '../model/names.ts';
import type { BesidePlace } from '../runtime/sandbox/driver.ts';
import {
  addresses,
  clientEnvironment,
  type PlanInput,
  serviceEnvironment,
} from '../runtime/sandbox/plan.ts';
import type { Context } from './context.ts';
import { requireRunning } from './running.ts';
import { currentDriver, driverOf, planOf } from './sandbox.ts';
import { loadWorkspace, publishedHost, type Workspace } from './workspace.ts';

const LOOPBACK = '127.0.0.1';

export interface EnvironmentInput {
  /** Adds what this service is given: its client, port and folders. */
  service: string | undefined;
}

/**
 * Addresses and credentials as environment variables. The credentials are those of the service the
 * working folder lies in, or of the only one there is; `service` gives all that service is given.
 */
export async function environment(
  context: Context,
  { service }: EnvironmentInput,
): Promise<Outcome<Record<string, string>>> {
  const workspace = await loadWorkspace(context);
  const known = Object.keys(workspace.config.services ?? {});
  if (service !== undefined && !known.includes(service)) throw unknownService(service, known);
  const byHand =
    service === undefined
      ? undefined
      : await (await currentDriver(context, workspace)).besidePlace();
  const input = await viewFromHere(context, workspace, byHand);
  const telemetry = Object.entries(context.environment).filter(
    (entry): entry is [string, string] => entry[0].startsWith('OTEL_') && entry[1] !== undefined,
  );
  const own =
    service === undefined ? ownedHere(context, input) : serviceEnvironment(service, input);
  return { data: { ...own, ...Object.fromEntries(telemetry) } };
}

/**
 * The sandbox as a program of this machine sees it, wherever its units run.
 * @param byHand where a service would stand that is run by hand
 */
async function viewFromHere(
  context: Context,
  workspace: Workspace,
  byHand: BesidePlace = { listenHost: LOOPBACK, advertiseHost: LOOPBACK },
): Promise<PlanInput> {
  const driver = await driverOf('embedded', { context, workspace });
  const choice = { services: true, except: [], claim: false };
  const { input } = await planOf(context, workspace, { ...choice, driver });
  const host = await publishedHost(workspace);
  const isComponent = (unit: string) => COMPONENTS.some((name) => name === unit);
  const hostOf = (unit: string) => (isComponent(unit) ? host : byHand.advertiseHost);
  return { ...input, topology: { ...input.topology, listenHost: byHand.listenHost, hostOf } };
}

function ownedHere({ cwd }: Context, input: PlanInput): Record<string, string> {
  const services = Object.entries(input.config.services ?? {});
  const around = services.filter(([, { path }]) => {
    const folder = join(input.root, path ?? '.');
    return folder !== input.root && `${cwd}/`.startsWith(`${folder}/`);
  });
  const [client, ...others] = around.length > 0 ? around : services;
  const credentials =
    client === undefined || others.length > 0 ? {} : clientEnvironment(client[0], input);
  return { ...addresses(input), ...credentials };
}

/** Runs a command with the sandbox's environment; ends with the command's exit code. */
export async function exec(
  context: Context,
  input: EnvironmentInput & { command: readonly [string, ...string[]] },
): Promise<Outcome<null>> {
  await requireRunning(context, await loadWorkspace(context));
  const { data } = await environment(context, input);
  const { cwd, environment: own } = context;
  try {
    const env = { ...own, ...data };
    return { data: null, childExitCode: await runInForeground(input.command, { cwd, env }) };
  } catch (error) {
    throw notRun(input.command[0], error);
  }
}

function notRun(file: string, error: unknown): FintechError {
  const why = isSystemError(error) ? getSystemErrorMessage(error.errno) : messageOf(error);
  return new FintechError('SANDBOX_COMMAND_NOT_FOUND', `cannot run "${file}": ${why}`, {
    hint: 'Check its spelling, its permissions and your PATH.',
    cause: error,
  });
}

function isSystemError(error: unknown): error is Error & { errno: number } {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number';
}

function unknownService(service: string, known: readonly string[]): FintechError {
  const near = nearestName(service, known);
  return new FintechError('SANDBOX_UNIT_UNKNOWN', `this workspace has no service "${service}"`, {
    hint:
      near === undefined ? `Its services: ${known.join(', ') || 'none'}.` : `Did you mean ${near}?`,
  });
}
