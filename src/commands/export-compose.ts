import type { ExportData, ExportInput } from '../app/export-compose.ts';
import { plannedFilesSchema } from './scaffold-view.ts';
import type { Style, Verb } from './verb.ts';

export const verb: Verb<ExportInput, ExportData> = {
  examples: [
    'fintech export compose',
    'fintech export compose --image-prefix registry.example/acme',
  ],
  configure: (command) => {
    command
      .option('--out <folder>', 'where the files go (default: deploy/compose of the workspace)')
      .option('--image-prefix <prefix>', 'registry and path of the images that are built')
      .option('--force', 'replace files that have other content')
      .option('--dry-run', 'show what would be written');
  },
  input: (command) => {
    const { out, imagePrefix, force, dryRun } = command.opts<{
      out?: string;
      imagePrefix?: string;
      force?: true;
      dryRun?: true;
    }>();
    return { out, imagePrefix, force: force === true, dryRun: dryRun === true };
  },
  run: async (context, input) =>
    (await import('../app/export-compose.ts')).exportCompose(context, input),
  present: presentExport,
  dataSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['folder', 'project', 'files', 'services', 'notCarried', 'dryRun', 'next'],
    properties: {
      folder: { type: 'string' },
      project: { type: 'string' },
      files: plannedFilesSchema,
      services: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['name', 'source'],
          properties: { name: { type: 'string' }, source: { enum: ['dockerfile', 'folder'] } },
        },
      },
      notCarried: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['what', 'why', 'instead'],
          properties: {
            what: { type: 'string' },
            why: { type: 'string' },
            instead: { type: 'string' },
          },
        },
      },
      dryRun: { type: 'boolean' },
      next: { type: 'array', items: { type: 'string' } },
    },
  },
};

const SIGN = { create: '+', update: '~', unchanged: '=', conflict: '!' } as const;

/** What was written, what stays behind, and what to run next. */
function presentExport(data: ExportData, style: Style): string {
  const { folder, files, services, notCarried, dryRun, next } = data;
  const built = services.map(({ name, source }) =>
    source === 'dockerfile'
      ? `${name} (built from its Dockerfile)`
      : `${name} (its folder mounted)`,
  );
  return [
    `${dryRun ? 'Would write' : 'Wrote'} to ${style.bold(folder)}`,
    ...files.map(({ path, action }) => `  ${SIGN[action]} ${path}`),
    ...(built.length === 0 ? [] : ['', `Services: ${built.join(', ')}`]),
    '',
    'Not carried:',
    ...notCarried.map(
      ({ what, why, instead }) => `  ${what}\n    ${style.dim(why)}\n    ${instead}`,
    ),
    ...(dryRun ? [] : ['', 'Next:', ...next.map((step) => `  ${step}`)]),
  ].join('\n');
}
