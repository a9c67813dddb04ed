import type { DriverOptions } from '../driver.ts';

/** What a started unit may use of its sandbox. */
export interface EmbeddedDeps extends DriverOptions {
  logPath: (unit: string) => string;
  /** A unit's processes changed: the state file is written again. */
  onChange: () => void;
}
