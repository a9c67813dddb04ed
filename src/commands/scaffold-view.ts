import type { ScaffoldData } from '../app/scaffold.ts';
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

/** What was written, folder by folder, and what to run next. */
export function presentScaffold(data: ScaffoldData, style: Style): string {
  const { files, root, dryRun, next } = data;
  const changed = files.filter(({ action }) => action !== 'unchanged');
  const head = dryRun ? 'Would write' : 'Wrote';
  const rest = files.length - changed.length;
  const same = rest === 0 ? '' : style.dim(` (${rest} unchanged)`);
  const lines = [
    `${head} ${changed.length} ${changed.length === 1 ? 'file' : 'files'} in ${style.bold(root)}${same}`,
  ];
  for (const { path, count, updated } of grouped(changed)) {
    const many = count > 1 ? style.dim(`  ${count} files`) : '';
    lines.push(`  ${updated ? style.warn('~') : style.good('+')} ${path}${many}`);
  }
  if (!dryRun && next.length > 0) lines.push('', 'Next:', ...next.map((step) => `  ${step}`));
  return lines.join('\n');
}

interface Line {
  path: string;
  count: number;
  updated: boolean;
}

/** Files of one service on one line: nobody reads sixty. */
function grouped(files: ScaffoldData['files']): Line[] {
  const lines = new Map<string, Line>();
  for (const { path, action } of files) {
    const [top, below, more] = path.split('/', 3);
    const group = more === undefined ? path : `${top}/${below}/`;
    const line = lines.get(group) ?? { path: group, count: 0, updated: false };
    lines.set(group, {
      path: group,
      count: line.count + 1,
      updated: line.updated || action === 'update',
    });
  }
  return [...lines.values()];
}
