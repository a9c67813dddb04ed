import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FintechError, hasErrnoCode } from '../../../kernel/errors.ts';
import type { UnitKind } from '../plan.ts';
import type { ProcessMark } from '../processes.ts';
import { validateState } from './state-validator.ts';

export interface UnitRecord {
  name: string;
  kind: UnitKind;
  url: string;
  readyPath: string;
  /** Processes that must not outlive the sandbox: a service's runner and its command. */
  processes: ProcessMark[];
}

/** `.fintech/state.json`: what was started, written before and after each start. */
export interface SandboxState {
  schemaVersion: 1;
  driver: 'embedded';
  host: ProcessMark;
  control: { url: string; token: string };
  units: UnitRecord[];
}

/**
 * What the last `up` wrote, or undefined. A torn or foreign file counts as none: it is believed
 * for finding orphans only, never for what runs.
 * @throws FintechError SANDBOX_DATA_NEWER when a newer fintech wrote it
 */
export function readState(stateFolder: string): SandboxState | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(join(stateFolder, 'state.json'), 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || hasErrnoCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const version = (parsed as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version > 1) {
    throw new FintechError(
      'SANDBOX_DATA_NEWER',
      `a newer fintech started the sandbox in ${stateFolder}`,
      {
        hint: 'Run that version, or stop its sandbox with it first.',
      },
    );
  }
  const validation = validateState(parsed);
  return validation.ok ? validation.value : undefined;
}

/** Replaces the file in one step, readable by its owner alone (it holds the control token). */
export function writeState(stateFolder: string, state: SandboxState): void {
  const file = join(stateFolder, 'state.json');
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(state, null, 2), { mode: 0o600 });
  renameSync(draft, file);
}

export function removeState(stateFolder: string): void {
  rmSync(join(stateFolder, 'state.json'), { force: true });
}
