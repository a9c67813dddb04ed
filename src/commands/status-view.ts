import type { SandboxStatus } from '../app/sandbox-status.ts';
import type { Style } from './verb.ts';

/** `data` of `up` and `status`. */
export const statusSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    driver: { enum: ['embedded', 'docker'] },
    state: { enum: ['ready', 'degraded', 'stopped', 'planned'] },
    units: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          name: { type: 'string' },
          kind: { enum: ['component', 'service'] },
          state: {
            enum: ['starting', 'ready', 'unready', 'restarting', 'crashed', 'stopped', 'planned'],
          },
          url: { type: 'string' },
          pid: { type: 'integer' },
          container: { type: 'string' },
          why: { type: 'string' },
          needs: { type: 'array', items: { type: 'string' } },
        },
        required: ['name', 'kind', 'state', 'url'],
      },
    },
  },
  required: ['driver', 'state', 'units'],
} as const;

/** One line a unit, aligned. */
export function presentStatus({ driver, state, units }: SandboxStatus, style: Style): string {
  const width = Math.max(...units.map(({ name }) => name.length), 0);
  const lines = units.map(({ name, state: unitState, url, pid, container, why, needs = [] }) => {
    const colored = unitState === 'ready' ? style.good : style.warn;
    const holder = container ?? (pid === undefined ? undefined : `pid ${pid}`);
    const process = holder === undefined ? '' : style.dim(`  ${holder}`);
    const after = needs.length === 0 ? '' : style.dim(`  after ${needs.join(', ')}`);
    const reason = why === undefined ? '' : `  ${why}`;
    return `  ${name.padEnd(width)}  ${colored(unitState.padEnd(10))}  ${url}${process}${after}${reason}`;
  });
  return [`sandbox ${style.bold(state)} (${driver})`, ...lines].join('\n');
}
