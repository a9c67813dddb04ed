import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import { createAjv } from './schema.ts';

/** Draft 4 of JSON Schema names itself otherwise; of what it says here draft 2020-12 means the same. */
const { id: _, $schema: __, ...schema } = sarifSchema;
const validate = createAjv({ strict: false, unicodeRegExp: false }).compile(schema);

/** What the schema of SARIF 2.1.0 has against a log; nothing where it is one. */
export function faultsInSarif(log: unknown): readonly object[] {
  return validate(log) ? [] : (validate.errors ?? []);
}
