import { FintechError, messageOf } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { whenAborted } from '../kernel/time.ts';
import type { RunningSandbox, SandboxDriver } from '../runtime/sandbox/driver.ts';
import type { Context } from './context.ts';
import { startDetached } from './detached.ts';
import { chooseDriver, type DriverChoice } from './driver-choice.ts';
import {
  currentDriver,
  driverOf,
  noteMoves,
  planOf,
  requirePackages,
  type StartInput,
  startSandbox,
} from './sandbox.ts';
import { failureOf, type SandboxStatus, statusOutcome } from './sandbox-status.ts';
import { loadWorkspace, type Workspace } from './workspace.ts';

const START_ATTEMPTS = 3;

export interface UpInput extends StartInput {
  driver: string | undefined;
  detach: boolean;
  dryRun: boolean;
}

/** Starts the sandbox and its services, or what is missing of them. */
export async function up(context: Context, input: UpInput): Promise<Outcome<SandboxStatus>> {
  const workspace = await loadWorkspace(context);
  const { reporter } = context;
  const choice = await chooseDriver(context, workspace, input.driver);
  const settings = {
    timeoutMs: input.timeoutMs,
    ...(input.detach
      ? {}
      : { onLine: (unit: string, line: string) => reporter.note(`${unit} | ${line}`) }),
  };
  const driver = await driverOf(choice.name, { context, workspace, settings });
  if (input.dryRun) return dryRun(context, workspace, { driver, input });
  await refuseSecondDriver(context, workspace, choice);
  const running = await driver.attach();
  if (running !== undefined) return startRest(context, workspace, { driver, running, input });
  reporter.note(`driver: ${choice.name} (${choice.why})`);
  if (choice.dataWith !== undefined) reporter.warn(dataElsewhere(choice.dataWith));
  if (!input.detach) return startHere(context, workspace, { driver, input });
  return driver.name === 'docker'
    ? startAndLeave(context, workspace, { driver, input })
    : startDetached(context, workspace, input);
}

interface UpWith {
  driver: SandboxDriver;
  input: UpInput;
}

async function dryRun(
  context: Context,
  workspace: Workspace,
  { driver, input }: UpWith,
): Promise<Outcome<SandboxStatus>> {
  const { plan } = await planOf(context, workspace, { ...input, driver, claim: false });
  const units = plan.units.map(({ name, kind, url, needs }) => ({
    name,
    kind,
    url,
    state: 'planned' as const,
    needs,
  }));
  return { data: { driver: driver.name, state: 'planned', units } };
}

/** One workspace runs by one driver at a time: they would want the same ports. */
async function refuseSecondDriver(
  context: Context,
  workspace: Workspace,
  { name, dataWith }: DriverChoice,
): Promise<void> {
  if (dataWith === undefined) return;
  const holder = await currentDriver(context, workspace);
  const running = await holder.attach().catch((error: unknown) => {
    context.reporter.warn(
      `the ${dataWith} driver cannot be asked whether it runs the sandbox: ${messageOf(error)}`,
    );
    return undefined;
  });
  if (running === undefined) return;
  throw new FintechError('SANDBOX_BUSY', `the sandbox runs already, by the ${dataWith} driver`, {
    hint: `Run \`fintech down\`, then \`fintech up --driver ${name}\`.`,
  });
}

function dataElsewhere(holder: string): string {
  return `the data of this workspace stay with the ${holder} driver; this sandbox starts without them. To take the events along: \`fintech events export\` there, \`fintech events append\` here.`;
}

/** `up` on a running sandbox. */
async function startRest(
  context: Context,
  workspace: Workspace,
  { driver, running, input }: UpWith & { running: RunningSandbox },
): Promise<Outcome<SandboxStatus>> {
  for (let attempt = 1; ; attempt++) {
    const wanted = { ...input, driver, claim: true, running: await portsInUse(running) };
    const { plan, moved } = await planOf(context, workspace, wanted);
    requirePackages(workspace, plan);
    noteMoves(context, moved);
    try {
      const failures = await running.startMissing(plan);
      return statusOutcome(driver.name, await running.status(), failures[0]);
    } catch (error) {
      // Another program took the port between its claim and its use: it is planned anew.
      const portTaken = error instanceof FintechError && error.code === 'SANDBOX_PORT_HELD';
      if (!portTaken || attempt === START_ATTEMPTS) throw error;
    }
  }
}

/** Ports that are taken because units of the sandbox itself have them. */
async function portsInUse(running: RunningSandbox): Promise<Record<string, number>> {
  const alive = (await running.status()).filter(({ pid }) => pid !== undefined);
  return Object.fromEntries(alive.map(({ name, url }) => [name, Number(new URL(url).port)]));
}

/** Runs the sandbox until Ctrl-C, or until another shell stops it. */
async function startHere(
  context: Context,
  workspace: Workspace,
  { driver, input }: UpWith,
): Promise<Outcome<SandboxStatus>> {
  const { reporter, signal, environment } = context;
  const inCi = (environment['CI'] ?? '') !== '';
  const sandbox = await startSandbox(context, workspace, { driver, input });
  try {
    const [failure] = sandbox.failures;
    if (failure !== undefined && inCi) throw failureOf(failure);
    for (const each of sandbox.failures)
      reporter.warn(`${each.why}\nThe rest stays up; the next save of ${each.name} tries again.`);
    const status = await sandbox.status();
    for (const { name, url } of status) reporter.note(`${name.padEnd(10)} ${url}`);
    reporter.note(`Ctrl-C stops it; data stays in ${driver.dataPlace}.`);
    await Promise.race([sandbox.stopped, whenAborted(signal)]);
    if (signal.aborted && driver.name === 'docker') {
      reporter.note('stopping; a second Ctrl-C ends all at once');
    }
  } finally {
    await sandbox.stop();
  }
  const data: SandboxStatus = { driver: driver.name, state: 'stopped', units: [] };
  return signal.aborted ? { data, failure: new FintechError('INTERRUPTED', 'stopped') } : { data };
}

/** Starts a sandbox that needs no process of ours to go on. */
async function startAndLeave(
  context: Context,
  workspace: Workspace,
  { driver, input }: UpWith,
): Promise<Outcome<SandboxStatus>> {
  const sandbox = await startSandbox(context, workspace, { driver, input });
  const [failure] = sandbox.failures;
  if (failure !== undefined) {
    await sandbox.stop();
    throw failureOf(failure);
  }
  try {
    return statusOutcome(driver.name, await sandbox.status());
  } finally {
    sandbox.leave();
  }
}
