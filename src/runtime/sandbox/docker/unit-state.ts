import type { Container, ContainerInspectInfo } from 'dockerode';
import type { UnitState } from '../driver.ts';
import type { UnitKind } from '../plan.ts';
import { runnerMessageOf } from '../runner-message.ts';
import type { RunnerMessage } from '../service-runner.ts';
import { MAX_RESTARTS } from './container-spec.ts';
import { lastLines } from './engine-log.ts';
import type { ProjectEngine } from './project-engine.ts';

/** How long a unit that does not answer yet counts as starting. */
const START_MS = 30_000;

export interface UnitFacts {
  state: ContainerInspectInfo['State'];
  restarts: number;
  /** Whether its readiness was answered now. */
  answers: boolean;
  /** The last word of its runner, where that was the last it logged. */
  runner: RunnerMessage | undefined;
  nowMs: number;
}

export interface ObservedUnit {
  state: UnitState;
  why?: string;
  pid: number | undefined;
  containerName: string;
}

/** What a unit is doing, asked now. @returns undefined when its container is gone */
export async function observe(
  { kind, container }: { kind: UnitKind; container: Container },
  asked: { engine: ProjectEngine; nowMs: number; answers?: boolean },
): Promise<ObservedUnit | undefined> {
  const { engine, nowMs, answers = false } = asked;
  const inspected = await engine.inspect(container);
  if (inspected === undefined) return undefined;
  const { State: state, RestartCount: restarts, Name } = inspected;
  const isSilentService = kind === 'service' && state.Running && !answers;
  const runner = isSilentService ? await lastWord(container) : undefined;
  return {
    ...unitStateOf({ state, restarts, answers, runner, nowMs }),
    pid: state.Pid > 0 ? state.Pid : undefined,
    containerName: Name.replace(/^\//, ''),
  };
}

/** A container's state in the words of every driver. */
export function unitStateOf(facts: UnitFacts): { state: UnitState; why?: string } {
  const { state, restarts, answers, runner, nowMs } = facts;
  switch (state.Status) {
    case 'created':
      return { state: 'starting' };
    case 'restarting':
      return { state: 'restarting', why: endOf(state) };
    case 'paused':
      return { state: 'unready', why: 'paused by hand' };
    case 'running':
      if (answers) return { state: 'ready' };
      if (runner?.state === 'restarting' || runner?.state === 'crashed') {
        return { state: runner.state, why: runner.why };
      }
      return { state: nowMs - Date.parse(state.StartedAt) < START_MS ? 'starting' : 'unready' };
    default:
      if (restarts < MAX_RESTARTS) return { state: 'stopped', why: 'stopped by hand' };
      return { state: 'crashed', why: `${endOf(state)}, after ${restarts} restarts` };
  }
}

/** A runner that waits is the only one who logs. */
async function lastWord(container: Container): Promise<RunnerMessage | undefined> {
  const [line = ''] = await lastLines(container, 1);
  return runnerMessageOf(line);
}

function endOf({ OOMKilled, ExitCode }: UnitFacts['state']): string {
  return OOMKilled ? 'it ran out of memory' : `exit code ${ExitCode}`;
}
