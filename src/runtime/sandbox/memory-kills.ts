import { readFileSync } from 'node:fs';

/** Of a container's own control group: version 2, and version 1. */
const FILES = ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control'];

/**
 * How many processes of this container the kernel has killed because its memory was used up. Linux
 * counts them; elsewhere it is 0.
 */
export function memoryKills(): number {
  for (const file of FILES) {
    const count = /^oom_kill (\d+)$/m.exec(textOf(file))?.[1];
    if (count !== undefined) return Number(count);
  }
  return 0;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
