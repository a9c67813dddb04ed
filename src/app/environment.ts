import { join } from 'node:path';
import { execa } from 'execa';
import { FintechError, hasErrnoCode } from '../kernel/errors.ts';
import { nearestName } from '../kernel/nearest.ts';
import type { Outcome } from '../kernel/reporter.ts';
import {
  addresses,
  clientEnvironment,
  type PlanInput,
  serviceEnvironment,
} from '../runtime/sandbox/plan.ts';
import type { Context } from './context.ts';
import { requireRunning } from './running.ts';
import { planOf } from './sandbox.ts';
import { loadWorkspace } from './workspace.ts';

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
  const { input } = await planOf(context, workspace, { services: true, except: [], claim: false });
  const telemetry = Object.entries(context.environment).filter(
    (entry): entry is [string, string] => entry[0].startsWith('OTEL_') && entry[1] !== undefined,
  );
  const known = Object.keys(workspace.config.services ?? {});
  if (service !== undefined && !known.includes(service)) throw unknownService(service, known);
  const own =
    service === undefined ? ownedHere(context, input) : serviceEnvironment(service, input);
  return { data: { ...own, ...Object.fromEntries(telemetry) } };
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
  return { ...addresses(input.ports), ...credentials };
}

/** Runs a command with the sandbox's environment; ends with the command's exit code. */
export async function exec(
  context: Context,
  input: EnvironmentInput & { command: readonly [string, ...string[]] },
): Promise<Outcome<null>> {
  await requireRunning(context, await loadWorkspace(context));
  const { data } = await environment(context, input);
  const [file, ...args] = input.command;
  const result = await execa(file, args, {
    cwd: context.cwd,
    env: data,
    stdio: 'inherit',
    reject: false,
    // Ctrl-C reaches the child by the terminal; a signal sent to us alone is passed on.
    cancelSignal: context.signal,
  });
  if (hasErrnoCode(result.cause, 'ENOENT')) {
    throw new FintechError('SANDBOX_COMMAND_NOT_FOUND', `no command "${file}"`, {
      hint: 'Check its spelling and your PATH.',
    });
  }
  return { data: null, childExitCode: result.exitCode ?? 1 };
}

function unknownService(service: string, known: readonly string[]): FintechError {
  const near = nearestName(service, known);
  return new FintechError('SANDBOX_UNIT_UNKNOWN', `this workspace has no service "${service}"`, {
    hint:
      near === undefined ? `Its services: ${known.join(', ') || 'none'}.` : `Did you mean ${near}?`,
  });
}
