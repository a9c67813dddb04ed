import type { Container } from 'dockerode';
import type { LabelledUnit } from './project.ts';

/** A container of the project, by what its labels say. */
export interface UnitContainer extends LabelledUnit {
  container: Container;
  /** The engine's word: `created`, `running`, `restarting`, `exited` … */
  state: string;
  /** The network it is in, by the name of ours: perhaps one that is gone. */
  networkId: string | undefined;
}

/** States in which a container uses its ports. */
const LIVE: ReadonlySet<string> = new Set(['running', 'restarting', 'paused']);

export const isLive = ({ state }: UnitContainer): boolean => LIVE.has(state);
