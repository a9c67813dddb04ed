/** Every benchmark, one after the other. Figures are ratios within one run; nothing is asserted. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

for (const file of [
  'startup.ts',
  'up.ts',
  'append.ts',
  'gateway.ts',
  'identity.ts',
  'docker.ts',
  'verify.ts',
]) {
  console.log(`\n# bench/${file}`);
  spawnSync(process.execPath, [join(import.meta.dirname, file)], { stdio: 'inherit' });
}
