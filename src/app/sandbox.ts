import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FintechError } from '../kernel/errors.ts';
import { nearestName } from '../kernel/nearest.ts';
import { openKeys } from '../runtime/identity/public.ts';
import type { SandboxDriver } from '../runtime/sandbox/driver.ts';
import { embeddedDriver } from '../runtime/sandbox/embedded.ts';
import { type PlanInput, planSandbox, type SandboxPlan } from '../runtime/sandbox/plan.ts';
import {
  claimPorts,
  type MovedPort,
  type PortSettings,
  servicePorts,
} from '../runtime/sandbox/ports.ts';
import type { Context } from './context.ts';
import { ensureStateFolder, type Workspace } from './workspace.ts';

export const DEFAULT_TIMEOUT_MS = 30_000;

/** Which services a command is about. */
export interface ServiceChoice {
  /** False leaves all services out. */
  services: boolean;
  /** Services left out by name. */
  except: readonly string[];
}

export interface DriverSettings {
  timeoutMs?: number;
  onLine?: (unit: string, line: string) => void;
}

/** The driver that runs this workspace's sandbox. */
export function driverOf(
  context: Context,
  workspace: Workspace,
  settings: DriverSettings = {},
): SandboxDriver {
  const { clock, random, reporter, signal, self, environment } = context;
  return embeddedDriver({
    stateFolder: workspace.stateFolder,
    clock,
    random,
    reporter,
    signal,
    self,
    inherited: environment,
    timeoutMs: settings.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    onLine: settings.onLine ?? (() => {}),
  });
}

/**
 * Why this driver runs: the flag or the file named it, or `auto` chose it.
 * @throws FintechError SANDBOX_DRIVER_ABSENT for a driver this version does not have
 */
export function chooseDriver(
  workspace: Workspace,
  flag: string | undefined,
): { name: 'embedded'; why: string } {
  const wanted = flag ?? workspace.config.sandbox?.driver ?? 'auto';
  if (wanted === 'docker') {
    throw new FintechError(
      'SANDBOX_DRIVER_ABSENT',
      'this version of fintech has no docker driver',
      {
        hint: 'Run `fintech up --driver embedded`; it needs no Docker.',
      },
    );
  }
  if (wanted === 'auto') return { name: 'embedded', why: 'auto; this version runs embedded only' };
  return { name: 'embedded', why: flag === undefined ? 'by fintech.yaml' : 'by --driver' };
}

/**
 * The plan of a workspace, on ports that are free now (`claimed`), or on those it would use.
 * `running` are ports that are taken because the sandbox itself runs on them.
 */
export async function planOf(
  context: Context,
  workspace: Workspace,
  options: ServiceChoice & { claim: boolean; running?: Readonly<Record<string, number>> },
): Promise<{ plan: SandboxPlan; moved: MovedPort[]; input: PlanInput }> {
  const { config } = workspace;
  const names = Object.keys(config.services ?? {});
  requireKnown(options.except, names);
  const settings: PortSettings = {
    stateFolder: await ensureStateFolder(workspace),
    configured: config.sandbox?.ports ?? {},
    environment: context.environment,
  };
  const wanted = Object.entries(config.services ?? {}).map(([name, { port }]) => ({
    name,
    configured: port,
  }));
  const { ports, moved } = options.claim
    ? await claimPorts(settings, wanted, options.running ?? {})
    : { ports: await servicePorts(settings, wanted), moved: [] };
  const keys = openKeys(workspace.keysFolder, context.random);
  const input: PlanInput = {
    config,
    root: workspace.root,
    stateFolder: workspace.stateFolder,
    keysFolder: workspace.keysFolder,
    ports,
    secretOf: (clientId) => keys.clientSecret(clientId),
    except: new Set(options.services ? options.except : names),
  };
  return { plan: planSandbox(input), moved, input };
}

/** @throws FintechError SANDBOX_PACKAGES_MISSING when a service's packages were never installed */
export function requirePackages(workspace: Workspace, plan: SandboxPlan): void {
  for (const { name, process } of plan.units) {
    if (process === undefined || !existsSync(join(process.folder, 'package.json'))) continue;
    const installed = [process.folder, workspace.root].some((folder) =>
      existsSync(join(folder, 'node_modules')),
    );
    if (installed) continue;
    throw new FintechError(
      'SANDBOX_PACKAGES_MISSING',
      `the packages of ${name} are not installed`,
      {
        hint: `Run \`npm install\` in ${workspace.root}.`,
        details: { unit: name, folder: process.folder },
      },
    );
  }
}

function requireKnown(except: readonly string[], names: readonly string[]): void {
  for (const name of except) {
    if (names.includes(name)) continue;
    const near = nearestName(name, names);
    throw new FintechError('SANDBOX_UNIT_UNKNOWN', `this workspace has no service "${name}"`, {
      hint:
        near === undefined
          ? `Its services: ${names.join(', ') || 'none'}.`
          : `Did you mean ${near}?`,
    });
  }
}
