import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FintechError } from '../kernel/errors.ts';
import { nearestName } from '../kernel/nearest.ts';
import { fixedPorts } from '../model/config-rules.ts';
import { UNIT_TIMEOUT_MS } from '../model/timeouts.ts';
import { openKeys } from '../runtime/identity/public.ts';
import type { SandboxDriver, StartedSandbox } from '../runtime/sandbox/driver.ts';
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

/** Which services a command is about. */
export interface ServiceChoice {
  /** False leaves all services out. */
  services: boolean;
  /** Services left out by name. */
  except: readonly string[];
}

/** What a start needs to know. */
export interface StartInput extends ServiceChoice {
  /** How long one unit may take to get ready. */
  timeoutMs: number;
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
    timeoutMs: settings.timeoutMs ?? UNIT_TIMEOUT_MS,
    onLine: settings.onLine ?? (() => {}),
  });
}

/**
 * Why this driver runs: the flag or the file named it, or `auto` chose it.
 * @throws FintechError SANDBOX_DRIVER_ABSENT for a driver this version does not have
 */
export function chooseDriver(
  { environment }: Context,
  workspace: Workspace,
  flag: string | undefined,
): { name: 'embedded'; why: string } {
  const fromEnvironment = environment['FINTECH_DRIVER'];
  const wanted = flag ?? fromEnvironment ?? workspace.config.sandbox?.driver ?? 'auto';
  if (wanted === 'docker') {
    throw new FintechError('SANDBOX_DRIVER_ABSENT', 'this version has no docker driver', {
      hint: 'Run `fintech up --driver embedded`; it needs no Docker.',
    });
  }
  if (wanted !== 'auto' && wanted !== 'embedded') {
    throw new FintechError('USAGE_INVALID', `there is no driver "${wanted}"`, {
      hint: 'Drivers are auto, embedded and docker.',
    });
  }
  if (wanted === 'auto') return { name: 'embedded', why: 'auto; this version runs embedded only' };
  if (flag !== undefined) return { name: 'embedded', why: 'by --driver' };
  return {
    name: 'embedded',
    why: fromEnvironment === undefined ? 'by fintech.yaml' : 'by FINTECH_DRIVER',
  };
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
  const except = new Set(options.services ? options.except : names);
  const settings: PortSettings = {
    stateFolder: await ensureStateFolder(workspace),
    configured: fixedPorts(config),
    environment: context.environment,
  };
  // A service that is not started here may well listen already: its port is not ours to claim.
  const started = names.filter(
    (name) => !except.has(name) && config.services?.[name]?.external === undefined,
  );
  const { ports, moved } = options.claim
    ? await claimPorts(settings, started, options.running ?? {})
    : { ports: await servicePorts(settings, names), moved: [] };
  const keys = openKeys(workspace.keysFolder, context.random);
  const input: PlanInput = {
    config,
    root: workspace.root,
    stateFolder: workspace.stateFolder,
    keysFolder: workspace.keysFolder,
    ports,
    secretOf: (clientId) => keys.clientSecret(clientId),
    except,
  };
  return { plan: planSandbox(input), moved, input };
}

/** Plans, claims ports and starts; says which ports moved. */
export function startSandbox(
  context: Context,
  workspace: Workspace,
  input: StartInput & DriverSettings,
): Promise<StartedSandbox> {
  return driverOf(context, workspace, input).start(async () => {
    const { plan, moved } = await planOf(context, workspace, { ...input, claim: true });
    requirePackages(workspace, plan);
    for (const { name, from, to } of moved) {
      context.reporter.note(`port ${from} is taken: ${name} moves to ${to} and stays there`);
    }
    return plan;
  });
}

/** @throws FintechError SANDBOX_PACKAGES_MISSING when a service's packages were never installed */
export function requirePackages(workspace: Workspace, plan: SandboxPlan): void {
  for (const { name, process } of plan.units) {
    if (process === undefined || !needsPackages(process.folder) || findsPackages(process.folder))
      continue;
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

function needsPackages(folder: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      dependencies?: object;
    };
    return Object.keys(manifest.dependencies ?? {}).length > 0;
  } catch {
    // No manifest, or one that npm will complain about better than we could.
    return false;
  }
}

/** As Node looks for packages: here or in any folder above. */
function findsPackages(folder: string): boolean {
  if (existsSync(join(folder, 'node_modules'))) return true;
  return folder !== dirname(folder) && findsPackages(dirname(folder));
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
