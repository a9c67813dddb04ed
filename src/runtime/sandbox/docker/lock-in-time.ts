import { FintechError } from '../../../kernel/errors.ts';
import type { DriverOptions } from '../driver.ts';
import { lockSandbox } from '../lock.ts';

const POLL_MS = 50;
/** For who only wants to know whether another process has it: `isLocked` holds it a moment. */
export const GLANCE_MS = 300;

export interface LockWait {
  timeoutMs: number;
  /** Called while another process has it, each time before it is tried again. */
  meanwhile?: () => Promise<void>;
}

/** Takes a workspace's lock once it is free. @throws FintechError SANDBOX_BUSY when it is not in time */
export async function lockInTime(
  { clock, stateFolder }: DriverOptions,
  { timeoutMs, meanwhile }: LockWait,
): Promise<Disposable> {
  const lastMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    try {
      return lockSandbox(stateFolder);
    } catch (error) {
      if (!isBusy(error) || clock.monotonicMs() > lastMs) throw error;
    }
    await clock.sleep(POLL_MS);
    await meanwhile?.();
  }
}

/** Whether another process starts or stops the sandbox now. */
export function isLocked({ stateFolder }: Pick<DriverOptions, 'stateFolder'>): boolean {
  try {
    using _lock = lockSandbox(stateFolder);
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof FintechError && error.code === 'SANDBOX_BUSY';
}
