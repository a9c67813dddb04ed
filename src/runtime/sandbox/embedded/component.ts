import { type RunningComponent } from '../../../kernel/component.ts';
import { type ErrorCode, FintechError, hasErrnoCode, messageOf } from '../../../kernel/errors.ts';
import { jsonLog } from '../../../kernel/log.ts';
import type { ComponentName } from '../../../model/names.ts';
import type { EmbeddedDeps } from './deps.ts';
import type { EmbeddedUnit } from './unit.ts';
import { LogFile } from '../log-file.ts';
import type { Unit } from '../plan.ts';
import { serveComponent } from '../serve-component.ts';
import { UnitStateMachine } from './unit-states.ts';

/**
 * Starts a component in this process.
 * @throws FintechError SANDBOX_PORT_HELD, or SANDBOX_UNIT_FAILED with its last log lines
 */
export async function startComponent(unit: Unit, deps: EmbeddedDeps): Promise<EmbeddedUnit> {
  const file = new LogFile(deps.logPath(unit.name), deps.clock);
  const log = jsonLog(unit.name, deps.clock, (line) => file.write(line.trimEnd()));
  const machine = new UnitStateMachine();
  machine.move('starting');
  let component: RunningComponent;
  try {
    component = await serveComponent(unit.name as ComponentName, unit.environment, {
      clock: deps.clock,
      random: deps.random,
      log,
    });
  } catch (error) {
    file.flush();
    throw componentFailure(unit, error, file.lastLines);
  }
  return {
    unit,
    get state() {
      return machine.state;
    },
    processes: [],
    get lastLines() {
      return file.lastLines;
    },
    why: undefined,
    markReady: () => machine.move('ready'),
    stop: async () => {
      machine.move('stopped');
      await component[Symbol.asyncDispose]();
      file.flush();
    },
  };
}

function componentFailure(unit: Unit, error: unknown, lastLines: readonly string[]): FintechError {
  const why = messageOf(error);
  return new FintechError(
    codeOf(error),
    [`${unit.name} did not start: ${why}`, ...lastLines].join('\n'),
    {
      hint:
        error instanceof FintechError && error.hint !== undefined
          ? error.hint
          : 'Run `fintech up` again; `fintech logs` has the details.',
      details: { unit: unit.name, lastLines },
      cause: error,
    },
  );
}

function codeOf(error: unknown): ErrorCode {
  if (hasErrnoCode(error, 'EADDRINUSE')) return 'SANDBOX_PORT_HELD';
  return error instanceof FintechError ? error.code : 'SANDBOX_UNIT_FAILED';
}
