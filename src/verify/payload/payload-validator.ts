import { foreignValidatorOf, type Validator } from '../../kernel/schema.ts';

/**
 * What holds the data of an event to a schema. Members that the schema does not know are let through
 * even where it says `additionalProperties: false`: a newer producer adds optional fields, and a
 * reader of this version leaves them out.
 * @throws Error saying what is wrong with the schema
 */
export function payloadValidator(schema: object | boolean): Validator<unknown> {
  const strict = foreignValidatorOf(typeof schema === 'boolean' ? { allOf: [schema] } : schema);
  const open = opened(schema);
  if (JSON.stringify(open) === JSON.stringify(schema)) return strict;
  const lenient = foreignValidatorOf(open as object);
  return (value) => {
    // Closed alternatives may be told apart by their members alone: what they let through is right.
    const reading = strict(value);
    return reading.ok ? reading : lenient(value);
  };
}

const CLOSING: ReadonlySet<string> = new Set(['additionalProperties', 'unevaluatedProperties']);
/** Keywords whose value holds schemas by name. */
const BY_NAME: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
]);
/** Keywords whose value is data. */
const OF_DATA: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);

/** The same schema without the keywords that forbid members it does not know. */
function opened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(opened);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([keyword, value]): [string, unknown][] => {
      if (CLOSING.has(keyword) && value === false) return [];
      if (OF_DATA.has(keyword)) return [[keyword, value]];
      if (!BY_NAME.has(keyword)) return [[keyword, opened(value)]];
      const byName = Object.entries(value as object).map(([name, one]) => [name, opened(one)]);
      return [[keyword, Object.fromEntries(byName)]];
    }),
  );
}
