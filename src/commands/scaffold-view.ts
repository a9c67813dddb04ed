import type { ScaffoldData } from '../app/scaffold-plan.ts';
import { groupsOf, type PlannedGroup, type PlannedPath } from '../model/planned-files.ts';
import type { Style } from './verb.ts';

/** Files of a plan, and what becomes of each. */
export const plannedFilesSchema: object = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['path', 'action'],
    properties: {
      path: { type: 'string' },
      action: { enum: ['create', 'update', 'unchanged', 'conflict'] },
      changes: {
        description: 'Of an update: its lines that come (`+ `) and go (`- `).',
        type: 'array',
        items: { type: 'string' },
      },
    },
  },
};

/** JSON Schema of what `init` and `add` answer. */
export const scaffoldSchema: object = {
  type: 'object',
  additionalProperties: false,
  required: ['root', 'name', 'services', 'files', 'dryRun', 'next'],
  properties: {
    root: { type: 'string' },
    name: { type: 'string' },
    services: { type: 'array', items: { type: 'string' } },
    files: plannedFilesSchema,
    dryRun: { type: 'boolean' },
    next: { type: 'array', items: { type: 'string' } },
  },
};

/** What was written, folder by folder, or with `--dry-run` would be, and what to run next. */
export function presentScaffold(data: ScaffoldData, style: Style): string {
  const { files, root, dryRun, next } = data;
  const changed = files.filter(({ action }) => action !== 'unchanged').length;
  const head = dryRun ? 'Would write' : 'Wrote';
  const rest = files.length - changed;
  const same = rest === 0 ? '' : style.dim(` (${rest} unchanged)`);
  const lines = [
    `${head} ${changed} ${changed === 1 ? 'file' : 'files'} in ${style.bold(root)}${same}`,
    ...groupsOf(files).map((group) => groupLine(group, style)),
  ];
  if (dryRun) lines.push(...files.flatMap((file) => changesOf(file, style)));
  else if (next.length > 0) lines.push('', 'Next:', ...next.map((step) => `  ${step}`));
  return lines.join('\n');
}

function groupLine({ path, count, updated }: PlannedGroup, style: Style): string {
  const many = count > 1 ? style.dim(`  ${count} files`) : '';
  return `  ${updated ? style.warn('~') : style.good('+')} ${path}${many}`;
}

function changesOf({ path, changes = [] }: PlannedPath, style: Style): string[] {
  if (changes.length === 0) return [];
  const lines = changes.map((line) => (line.startsWith('+') ? style.good(line) : style.bad(line)));
  return ['', style.bold(path), ...lines.map((line) => `  ${line}`)];
}
