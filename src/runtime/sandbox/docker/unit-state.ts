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
  createdMs: number;
  restarts: number;
  /** Whether its engine stopped it alone. */
  othersRun: boolean;
  /** What it answered now when asked whether it is ready. */
  answer: { ready: boolean; why?: string };
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
  asked: { engine: ProjectEngine; nowMs: number } & Partial<
    Pick<UnitFacts, 'answer' | 'othersRun'>
  >,
): Promise<ObservedUnit | undefined> {
  const { engine, nowMs, answer = { ready: false }, othersRun = true } = asked;
  const inspected = await engine.inspect(container);
  if (inspected === undefined) return undefined;
  const { State: state, RestartCount: restarts, Name, Created } = inspected;
  const createdMs = Date.parse(Created);
  const isSilentService = kind === 'service' && state.Running && !answer.ready;
  const runner = isSilentService ? await lastWord(container) : undefined;
  return {
    ...unitStateOf({ state, createdMs, restarts, othersRun, answer, runner, nowMs }),
    pid: state.Pid > 0 ? state.Pid : undefined,
    containerName: Name.replace(/^\//, ''),
  };
}

/** A container's state in the words of every driver. */
export function unitStateOf(facts: UnitFacts): { state: UnitState; why?: string } {
  const { state, answer, runner, nowMs } = facts;
  switch (state.Status) {
    case 'created':
      if (state.Error !== '') return { state: 'stopped', why: 'Docker could not start it' };
      // Who made it was killed before it started it.
      if (nowMs - facts.createdMs > START_MS)
        return { state: 'stopped', why: 'its start broke off' };
      return { state: 'starting' };
    case 'restarting':
      return { state: 'restarting', why: endOf(state) };
    case 'paused':
      return { state: 'unready', why: 'paused by hand' };
    case 'running':
      if (answer.ready) return { state: 'ready' };
      if (runner?.state === 'restarting' || runner?.state === 'crashed') {
        return { state: runner.state, why: runner.why };
      }
      return {
        state: nowMs - Date.parse(state.StartedAt) < START_MS ? 'starting' : 'unready',
        ...(answer.why === undefined ? {} : { why: answer.why }),
      };
    default:
      return endedState(facts);
  }
}

/** The engine starts what failed again, unless someone stopped it, or it failed too often or anew. */
function endedState({ state, restarts, othersRun }: UnitFacts): { state: UnitState; why: string } {
  if (state.Error !== '') return { state: 'crashed', why: state.Error };
  if (state.ExitCode === 0 || restarts < MAX_RESTARTS) {
    return {
      state: 'stopped',
      why: othersRun ? 'stopped by hand' : 'stopped by hand, or with Docker',
    };
  }
  return { state: 'crashed', why: `${endOf(state)}, after ${restarts} restarts` };
}

/** A runner that waits is the only one who logs. */
async function lastWord(container: Container): Promise<RunnerMessage | undefined> {
  const [line = ''] = await lastLines(container, 1);
  return runnerMessageOf(line);
}

function endOf({ OOMKilled, ExitCode }: UnitFacts['state']): string {
  return OOMKilled ? 'it ran out of memory' : `exit code ${ExitCode}`;
}
