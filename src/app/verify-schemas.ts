import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FintechError, messageOf } from '../kernel/errors.ts';
import type { Validator } from '../kernel/schema.ts';
import type { VerifyConfig } from '../model/verify-config.ts';
import { payloadValidator } from '../verify/payload/payload-validator.ts';
import type { Workspace } from './workspace.ts';

/**
 * The schemas of `verify.schemas` by event type, read from the folder of `fintech.yaml`.
 * @throws FintechError CONFIG_INVALID for a file that cannot be read or is no JSON Schema
 */
export async function readSchemas(
  workspace: Workspace | undefined,
  { schemas = {} }: VerifyConfig,
): Promise<ReadonlyMap<string, Validator<unknown>>> {
  if (workspace === undefined) return new Map();
  const read = Object.entries(schemas).map(async ([type, file]) => {
    const text = await readFile(resolve(workspace.root, file), 'utf8').catch((error: unknown) => {
      throw refused({ type, file, what: 'cannot be read', error });
    });
    try {
      return [type, payloadValidator(JSON.parse(text) as object | boolean)] as const;
    } catch (error) {
      throw refused({ type, file, what: 'is no JSON Schema (draft 2020-12)', error });
    }
  });
  return new Map(await Promise.all(read));
}

function refused({
  type,
  file,
  what,
  error,
}: {
  type: string;
  file: string;
  what: string;
  error: unknown;
}): FintechError {
  const message = `${file}, the schema of ${type} in verify.schemas, ${what}: ${messageOf(error)}`;
  return new FintechError('CONFIG_INVALID', message, {
    hint: 'Name a JSON file that holds one JSON Schema; its path starts at the folder of fintech.yaml.',
    details: { type, file },
    cause: error,
  });
}
