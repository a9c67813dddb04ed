/** Every benchmark, one after the other. Figures are ratios within one run; nothing is asserted. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

for (const file of readdirSync(import.meta.dirname).toSorted()) {
  if (!file.endsWith('.ts') || file === 'run.ts') continue;
  console.log(`\n# bench/${file}`);
  spawnSync(process.execPath, [join(import.meta.dirname, file)], { stdio: 'inherit' });
}
