import { request } from 'undici';
import {
  ERROR_CATALOGUE,
  type ErrorCode,
  FintechError,
  messageOf,
} from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/time.ts';
import type { RunningSandbox, UnitFailure, UnitStatus } from '../driver.ts';
import { endProcesses, isAlive, type ProcessMark } from '../processes.ts';
import { readState, type SandboxState } from './state.ts';

const ANSWER_MS = 5000;
const START_MS = 600_000;
const STOP_MS = 20_000;
const POLL_MS = 20;

/** The sandbox another process runs, or undefined when there is none that answers. */
export async function attachByControl(options: {
  stateFolder: string;
  clock: Clock;
}): Promise<RunningSandbox | undefined> {
  const state = readState(options.stateFolder);
  if (state === undefined || !isAlive(state.host)) return undefined;
  const { control, host } = state;
  const ask = (question: Question) => askControl(control, question).catch(silentHost(host));
  return {
    status: async () => (await ask({ method: 'GET', path: '/units' })) as UnitStatus[],
    startMissing: async (plan) =>
      (await ask({ path: '/units', body: JSON.stringify(plan) })) as UnitFailure[],
    restart: async (name) =>
      void (await ask({ path: `/units/${encodeURIComponent(name)}/restart`, timeoutMs: START_MS })),
    // Its identity reads the very folder the keys are made in.
    publishKeys: () => Promise.resolve(),
    stop: async () => {
      // A host that no longer answers is ended all the same.
      const acknowledged = await ask({ path: '/stop' }).then(
        () => true,
        () => false,
      );
      const graceMs = acknowledged ? STOP_MS : 0;
      for (let waitedMs = 0; isAlive(host) && waitedMs < graceMs; waitedMs += POLL_MS) {
        await options.clock.sleep(POLL_MS);
      }
      const left = readState(options.stateFolder)?.units.flatMap(({ processes }) => processes);
      await endProcesses([host, ...(left ?? [])], ANSWER_MS);
    },
  };
}

/** Turns a connection that fails into words; what the host itself answered passes. */
function silentHost({ pid }: ProcessMark): (error: unknown) => never {
  return (error) => {
    if (error instanceof FintechError) throw error;
    const why = `the process that runs it (pid ${pid}) does not answer: ${messageOf(error)}`;
    throw new FintechError('SANDBOX_NOT_READY', why, {
      hint: 'Run `fintech down`, then `fintech up`.',
      cause: error,
    });
  };
}

interface Question {
  method?: 'GET';
  path: string;
  /** JSON. Units to start take as long as units take. */
  body?: string;
  timeoutMs?: number;
}

async function askControl(
  { url, token }: SandboxState['control'],
  { method, path, body, timeoutMs = body === undefined ? ANSWER_MS : START_MS }: Question,
): Promise<unknown> {
  const answer = await request(`${url}${path}`, {
    method: method ?? 'POST',
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    reset: true,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body ?? null,
  });
  const text = await answer.body.text();
  if (answer.statusCode < 400) return text === '' ? undefined : JSON.parse(text);
  throw failureOf(text, answer.statusCode);
}

function failureOf(text: string, status: number): FintechError {
  const { detail, code, hint } = parseProblem(text);
  const known =
    code !== undefined && Object.hasOwn(ERROR_CATALOGUE, code)
      ? (code as ErrorCode)
      : 'SANDBOX_UNIT_FAILED';
  return new FintechError(
    known,
    detail ?? `the sandbox answered ${status}`,
    hint === undefined ? {} : { hint },
  );
}

function parseProblem(text: string): { detail?: string; code?: string; hint?: string } {
  try {
    return JSON.parse(text) as { detail?: string; code?: string; hint?: string };
  } catch {
    return {};
  }
}
