import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { whenAborted } from '../kernel/time.ts';
import type { RunningSandbox } from '../runtime/sandbox/driver.ts';
import type { Context } from './context.ts';
import { startDetached } from './detached.ts';
import {
  chooseDriver,
  driverOf,
  planOf,
  requirePackages,
  type StartInput,
  startSandbox,
} from './sandbox.ts';
import { failureOf, type SandboxStatus, statusOutcome } from './sandbox-status.ts';
import { loadWorkspace, type Workspace } from './workspace.ts';

export interface UpInput extends StartInput {
  driver: string | undefined;
  detach: boolean;
  dryRun: boolean;
}

/** Starts the sandbox and its services, or what is missing of them. */
export async function up(context: Context, input: UpInput): Promise<Outcome<SandboxStatus>> {
  const workspace = await loadWorkspace(context);
  const { why } = chooseDriver(context, workspace, input.driver);
  if (input.dryRun) return dryRun(context, workspace, input);
  const running = await driverOf(context, workspace).attach();
  if (running !== undefined) return startRest(context, workspace, { running, input });
  context.reporter.note(`driver: embedded (${why})`);
  return input.detach
    ? startDetached(context, workspace, input)
    : startHere(context, workspace, input);
}

async function dryRun(
  context: Context,
  workspace: Workspace,
  input: UpInput,
): Promise<Outcome<SandboxStatus>> {
  const { plan } = await planOf(context, workspace, { ...input, claim: false });
  const units = plan.units.map(({ name, kind, url, needs }) => ({
    name,
    kind,
    url,
    state: 'planned' as const,
    needs,
  }));
  return { data: { driver: 'embedded', state: 'planned', units } };
}

/** `up` on a running sandbox. */
async function startRest(
  context: Context,
  workspace: Workspace,
  { running, input }: { running: RunningSandbox; input: UpInput },
): Promise<Outcome<SandboxStatus>> {
  const ports = Object.fromEntries(
    (await running.status()).map(({ name, url }) => [name, Number(new URL(url).port)]),
  );
  const { plan } = await planOf(context, workspace, { ...input, claim: true, running: ports });
  requirePackages(workspace, plan);
  const failures = await running.startMissing(plan);
  return statusOutcome(await running.status(), failures[0]);
}

/** Runs the sandbox in this process until Ctrl-C, or until another shell stops it. */
async function startHere(
  context: Context,
  workspace: Workspace,
  input: UpInput,
): Promise<Outcome<SandboxStatus>> {
  const { reporter, signal, environment } = context;
  const inCi = (environment['CI'] ?? '') !== '';
  const sandbox = await startSandbox(context, workspace, {
    ...input,
    onLine: (unit, line) => reporter.note(`${unit} | ${line}`),
  });
  try {
    const [failure] = sandbox.failures;
    if (failure !== undefined && inCi) throw failureOf(failure);
    for (const each of sandbox.failures)
      reporter.warn(`${each.why}\nThe rest stays up; the next save of ${each.name} tries again.`);
    const status = await sandbox.status();
    for (const { name, url } of status) reporter.note(`${name.padEnd(10)} ${url}`);
    reporter.note('Ctrl-C stops it; data stays in .fintech/data.');
    await Promise.race([sandbox.stopped, whenAborted(signal)]);
  } finally {
    await sandbox.stop();
  }
  const data: SandboxStatus = { driver: 'embedded', state: 'stopped', units: [] };
  return signal.aborted ? { data, failure: new FintechError('INTERRUPTED', 'stopped') } : { data };
}
