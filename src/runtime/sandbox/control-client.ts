import { request } from 'undici';
import { ERROR_CATALOGUE, type ErrorCode, FintechError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/time.ts';
import type { RunningSandbox, UnitFailure, UnitStatus } from './driver.ts';
import { endProcesses, isAlive } from './processes.ts';
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
  const ask = asker(control);
  return {
    status: async () => (await ask('GET', '/units', ANSWER_MS)) as UnitStatus[],
    startMissing: async (plan) =>
      (await ask('POST', '/units', START_MS, JSON.stringify(plan))) as UnitFailure[],
    restart: async (name) =>
      void (await ask('POST', `/units/${encodeURIComponent(name)}/restart`, START_MS)),
    stop: async () => {
      // A host that no longer answers is ended all the same.
      await ask('POST', '/stop', ANSWER_MS).catch(() => undefined);
      for (let waitedMs = 0; isAlive(host) && waitedMs < STOP_MS; waitedMs += POLL_MS) {
        await options.clock.sleep(POLL_MS);
      }
      const left =
        readState(options.stateFolder)?.units.flatMap(({ processes }) => processes) ?? [];
      await endProcesses([host, ...left], ANSWER_MS);
    },
  };
}

type Ask = (
  method: 'GET' | 'POST',
  path: string,
  timeoutMs: number,
  body?: string,
) => Promise<unknown>;

function asker({ url, token }: SandboxState['control']): Ask {
  return async (method, path, timeoutMs, body) => {
    const answer = await request(`${url}${path}`, {
      method,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      reset: true,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.body.text();
    if (answer.statusCode < 400) return text === '' ? undefined : JSON.parse(text);
    throw failureOf(text, answer.statusCode);
  };
}

function failureOf(text: string, status: number): FintechError {
  const { detail, code, hint } = parseProblem(text);
  const known =
    code !== undefined && code in ERROR_CATALOGUE ? (code as ErrorCode) : 'SANDBOX_UNIT_FAILED';
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
