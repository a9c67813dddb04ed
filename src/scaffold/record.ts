import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FintechError, hasErrnoCode, messageOf } from '../kernel/errors.ts';
import { type Validator, validatorOf } from '../kernel/schema.ts';
import type { ParameterValues } from './parameters.ts';

/** Where a workspace remembers how it was made, for a later upgrade. */
export const RECORD_PATH = 'fintech.template.json';

/** One template's answers. */
export interface RecordedTemplate {
  /** A built-in's id, or the folder it was read from. */
  template: string;
  parameters: ParameterValues;
}

export interface TemplateRecord {
  schemaVersion: 1;
  /** Version of fintech that made the workspace. */
  fintech: string;
  workspace?: RecordedTemplate;
  services: Record<string, RecordedTemplate>;
}

const MAX_BYTES = 262_144;
const template = {
  type: 'object',
  required: ['template', 'parameters'],
  properties: {
    template: { type: 'string' },
    parameters: { type: 'object', additionalProperties: { type: ['string', 'boolean'] } },
  },
};

const validate: Validator<TemplateRecord> = validatorOf<TemplateRecord>({
  type: 'object',
  required: ['schemaVersion', 'fintech', 'services'],
  properties: {
    schemaVersion: { const: 1 },
    fintech: { type: 'string' },
    workspace: template,
    services: { type: 'object', additionalProperties: template },
  },
});

/**
 * The record of a workspace, or undefined where there is none.
 * @throws FintechError CONFIG_INVALID when it cannot be read
 */
export async function readRecord(root: string): Promise<TemplateRecord | undefined> {
  const file = join(root, RECORD_PATH);
  try {
    const found = await lstat(file);
    if (!found.isFile() || found.size > MAX_BYTES) throw new Error('it is no small regular file');
    const validation = validate(JSON.parse(await readFile(file, 'utf8')));
    if (validation.ok) return validation.value;
    throw new Error(validation.violations.map(({ path, message }) => path + message).join('; '));
  } catch (error) {
    if (hasErrnoCode(error, 'ENOENT')) return undefined;
    throw new FintechError('CONFIG_INVALID', `${file}: ${messageOf(error)}`, {
      hint: 'Restore it from version control, or delete it.',
      cause: error,
    });
  }
}

export async function recordedVersion(root: string): Promise<string | undefined> {
  return (await readRecord(root))?.fintech;
}

export function recordContent(record: TemplateRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
}
