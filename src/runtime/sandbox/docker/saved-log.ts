import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../kernel/errors.ts';
import type { DriverOptions } from '../driver.ts';
import { appendToLog } from '../log-file.ts';
import { EngineLog } from './engine-log.ts';
import type { UnitContainer } from './project-engine.ts';

/** Keeps what a container logged, which goes with it, where `fintech logs` looks as well. */
export async function saveLog(
  { container, name }: UnitContainer,
  { stateFolder, reporter }: DriverOptions,
): Promise<void> {
  const folder = join(stateFolder, 'logs');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for await (const lines of new EngineLog(container, name).batches()) {
      const text = lines.map(({ time, line }) => `${time} ${line}\n`).join('');
      appendToLog(join(folder, `${name}.log`), text);
    }
  } catch (error) {
    reporter.warn(`the log of ${name} is not kept: ${messageOf(error)}`);
  }
}
