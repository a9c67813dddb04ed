import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FintechError } from '../kernel/errors.ts';
import { nearestName } from '../kernel/nearest.ts';
import { fixedPorts } from '../model/config-rules.ts';
import { UNIT_TIMEOUT_MS } from '../model/timeouts.ts';
import { openKeys } from '../runtime/identity/public.ts';
import type {
  DriverName,
  DriverOptions,
  SandboxDriver,
  StartedSandbox,
} from '../runtime/sandbox/driver.ts';
import { readDriverRecord } from '../runtime/sandbox/driver-record.ts';
import { type PlanInput, planSandbox, type SandboxPlan } from '../runtime/sandbox/plan.ts';
import {
  claimPorts,
  type MovedPort,
  type PortSettings,
  servicePorts,
} from '../runtime/sandbox/ports.ts';
import type { Context } from './context.ts';
import { chooseDriver } from './driver-choice.ts';
import { ensureStateFolder, type Workspace, nameOf } from './workspace.ts';

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

/**
 * The driver that runs or last ran this workspace's sandbox, else the one that `up` would take:
 * containers outlive a state folder that was deleted.
 */
export async function currentDriver(
  context: Context,
  workspace: Workspace,
): Promise<SandboxDriver> {
  const [last] = readDriverRecord(workspace.stateFolder).holders;
  const name = last ?? (await chooseDriver(context, workspace, undefined)).name;
  return driverOf(name, { context, workspace });
}

export async function driverOf(
  name: DriverName,
  {
    context,
    workspace,
    settings = {},
  }: { context: Context; workspace: Workspace; settings?: DriverSettings },
): Promise<SandboxDriver> {
  const { clock, random, reporter, signal, forced, self, environment, homeFolder } = context;
  const { config, root, stateFolder, keysFolder } = workspace;
  const options: DriverOptions = {
    name: nameOf(workspace),
    root,
    stateFolder,
    keysFolder,
    nodeImage: config.sandbox?.images?.node,
    self,
    environment,
    homeFolder,
    clock,
    random,
    reporter,
    signal,
    forced,
    timeoutMs: settings.timeoutMs ?? UNIT_TIMEOUT_MS,
    onLine: settings.onLine ?? (() => {}),
  };
  if (name === 'embedded') {
    const { embeddedDriver } = await import('../runtime/sandbox/embedded/driver.ts');
    return embeddedDriver(options);
  }
  const { dockerDriver } = await import('../runtime/sandbox/docker/driver.ts');
  return dockerDriver(options);
}

/**
 * The plan of a workspace, on ports that are free now (`claimed`), or on those it would use.
 * `running` are ports that are taken because the sandbox itself runs on them.
 */
export async function planOf(
  context: Context,
  workspace: Workspace,
  options: ServiceChoice & {
    claim: boolean;
    running?: Readonly<Record<string, number>>;
    /** Where the units run. */
    driver: Pick<SandboxDriver, 'placement'>;
  },
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
  const keys = openKeys(workspace.keysFolder, context.random, context.clock);
  const input: PlanInput = {
    config,
    root: workspace.root,
    ports,
    ...(await options.driver.placement(ports)),
    secretOf: (clientId) => keys.clientSecret(clientId),
    except,
  };
  return { plan: planSandbox(input), moved, input };
}

/** Plans, claims ports and starts; says which ports moved. */
export async function startSandbox(
  context: Context,
  workspace: Workspace,
  { driver, input }: { driver: SandboxDriver; input: ServiceChoice },
): Promise<StartedSandbox> {
  // Before a driver locks it: also a start that fails must leave nothing for git to see.
  await ensureStateFolder(workspace);
  return driver.start(async () => {
    const { plan, moved } = await planOf(context, workspace, { ...input, driver, claim: true });
    requirePackages(workspace, plan);
    noteMoves(context, moved);
    return plan;
  });
}

export function noteMoves({ reporter }: Context, moved: readonly MovedPort[]): void {
  for (const { name, from, to } of moved) {
    reporter.note(`port ${from} is taken: ${name} moves to ${to} and stays there`);
  }
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
