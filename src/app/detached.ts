import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, FintechError, messageOf } from '../kernel/errors.ts';
import { parentProcess, type ParentProcess } from '../kernel/parent-process.ts';
import type { Outcome, Reporter, Step } from '../kernel/reporter.ts';
import { whenAborted } from '../kernel/time.ts';
import type { UnitStatus } from '../runtime/sandbox/driver.ts';
import type { Context } from './context.ts';
import { driverOf, type StartInput, startSandbox } from './sandbox.ts';
import { failureOf, type SandboxStatus, statusOutcome } from './sandbox-status.ts';
import { ensureStateFolder, loadWorkspace, type Workspace } from './workspace.ts';

/** What the detached process tells the one that started it, until it is ready. */
type HostMessage =
  | { kind: 'step'; id: number; title: string }
  | { kind: 'step-end'; id: number; ok: boolean; detail: string | undefined }
  | { kind: 'note' | 'warn'; message: string }
  | { kind: 'ready'; units: UnitStatus[] }
  | { kind: 'failed'; code: ErrorCode; message: string; hint: string | null };

/** Starts an embedded sandbox in a process of its own and returns when it is ready. */
export async function startDetached(
  context: Context,
  workspace: Workspace,
  input: StartInput,
): Promise<Outcome<SandboxStatus>> {
  const logs = join(await ensureStateFolder(workspace), 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const log = openSync(join(logs, 'sandbox.log'), 'a', 0o600);
  // Not execa: the log must be the host's own descriptor, since we end before it does.
  const host = spawn(context.self.node, [context.self.entry, ...hostArguments(workspace, input)], {
    cwd: workspace.root,
    // The host works in another folder: a relative FINTECH_KEYS must not mean another one there.
    env: { ...context.environment, FINTECH_KEYS: workspace.keysFolder },
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  });
  closeSync(log);
  const ended = relay(context.reporter, host);
  await Promise.race([ended, whenAborted(context.signal).then(() => host.kill('SIGTERM'))]);
  const last = await ended;
  if (last?.kind === 'ready') {
    host.unref();
    return statusOutcome('embedded', last.units);
  }
  context.signal.throwIfAborted();
  if (last?.kind === 'failed') throw failureOf({ ...last, why: last.message, name: 'sandbox' });
  throw new FintechError('SANDBOX_UNIT_FAILED', 'the sandbox ended while it started', {
    hint: `See ${join(logs, 'sandbox.log')}.`,
  });
}

/** Shows what the host reports until it is ready or ended. @returns its last word */
async function relay(reporter: Reporter, host: ChildProcess): Promise<HostMessage | undefined> {
  const steps = new Map<number, Step>();
  const { promise, resolve } = Promise.withResolvers<HostMessage | undefined>();
  let last: HostMessage | undefined;
  host.on('message', (received) => {
    const message = received as HostMessage;
    if (message.kind === 'step') steps.set(message.id, reporter.step(message.title));
    else if (message.kind === 'step-end') {
      steps.get(message.id)?.[message.ok ? 'succeed' : 'fail'](message.detail);
    } else if (message.kind === 'note' || message.kind === 'warn') {
      reporter[message.kind](message.message);
    } else {
      last = message;
      if (message.kind === 'ready') resolve(message);
    }
  });
  host.once('error', () => resolve(undefined));
  // A host that failed has stopped everything by the time it ends.
  host.once('exit', () => resolve(last));
  return promise;
}

function hostArguments(
  workspace: Workspace,
  { services, except, timeoutMs }: StartInput,
): string[] {
  return [
    'serve',
    'sandbox',
    '--config',
    workspace.configFile,
    '--timeout',
    `${timeoutMs}ms`,
    ...(services ? [] : ['--no-services']),
    ...except.flatMap((name) => ['--except', name]),
  ];
}

/** The process behind `up --detach`: starts, reports to its parent, then lives on until it is stopped. */
export async function serveSandboxPart(
  context: Context,
  input: { services: boolean; except: readonly string[]; timeoutMs: number },
): Promise<void> {
  const parent = parentProcess();
  if (parent === undefined) {
    throw new FintechError('USAGE_INVALID', '`serve sandbox` is started by `fintech up --detach`', {
      hint: 'Run `fintech up --detach`.',
    });
  }
  await hostSandbox(context, input, parent);
}

async function hostSandbox(
  context: Context,
  input: StartInput,
  parent: ParentProcess,
): Promise<void> {
  const signal = AbortSignal.any([context.signal, parent.gone]);
  const starting = { ...context, signal, reporter: reportTo(parent) };
  try {
    const workspace = await loadWorkspace(starting);
    const settings = { timeoutMs: input.timeoutMs };
    const driver = await driverOf('embedded', { context: starting, workspace, settings });
    const sandbox = await startSandbox(starting, workspace, { driver, input });
    await using _stopped = { [Symbol.asyncDispose]: () => sandbox.stop() };
    const [failure] = sandbox.failures;
    if (failure !== undefined) throw failureOf(failure);
    parent.send({ kind: 'ready', units: await sandbox.status() } satisfies HostMessage);
    parent.leave();
    await Promise.race([sandbox.stopped, whenAborted(context.signal)]);
  } catch (error) {
    const { code, message, hint = null } = error instanceof FintechError ? error : fault(error);
    parent.send({ kind: 'failed', code, message, hint } satisfies HostMessage);
    if (!(error instanceof FintechError)) throw error;
  } finally {
    parent.leave();
  }
}

function fault(error: unknown): FintechError {
  return new FintechError('INTERNAL', messageOf(error), {
    hint: 'Its stack is in .fintech/logs/sandbox.log; report it.',
  });
}

function reportTo(parent: ParentProcess): Reporter {
  let lastId = 0;
  const tell = (message: HostMessage) => parent.send(message);
  return {
    step: (title) => {
      const id = ++lastId;
      tell({ kind: 'step', id, title });
      return {
        update: () => {},
        succeed: (detail) => tell({ kind: 'step-end', id, ok: true, detail }),
        fail: (detail) => tell({ kind: 'step-end', id, ok: false, detail }),
      };
    },
    note: (message) => tell({ kind: 'note', message }),
    detail: () => {},
    warn: (message) => tell({ kind: 'warn', message }),
    write: () => Promise.resolve(),
  };
}
