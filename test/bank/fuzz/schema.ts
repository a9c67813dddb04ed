import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { minorUnitDecimals } from '../../../src/model/currency.ts';

/** As much of JSON Schema as request bodies and parameters are written in. */
export interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  anyOf?: Schema[];
}

const ajv = addFormats.default(
  new Ajv2020({ strict: false, allowUnionTypes: true, validateSchema: false, logger: false }),
);
// The test's own list, not that of the service it judges.
ajv.addFormat('iso-4217', (code: string) => minorUnitDecimals(code) !== undefined);

/** Why a value is not what a schema says; nothing where it is. */
export function mismatch(schema: object, value: unknown): string | undefined {
  const validate = ajv.compile(schema);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

/** A place in a body: member names and indexes from the root. */
export type Path = readonly (string | number)[];

export interface Place {
  path: Path;
  schema: Schema;
  required: boolean;
}

/** Every member that a body may have, of its first item where it is a list. */
export function places(schema: Schema, path: Path = []): Place[] {
  const members = Object.entries(schema.properties ?? {}).map(([name, member]): Place => {
    const required = schema.required?.includes(name) === true;
    return { path: [...path, name], schema: member, required };
  });
  const items = schema.items;
  const first: Place[] =
    items === undefined ? [] : [{ path: [...path, 0], schema: items, required: true }];
  return [...members, ...first].flatMap((place) => [place, ...places(place.schema, place.path)]);
}

/** Inputs that a schema leaves without an upper bound. */
export function unbounded(schema: Schema, at: string): string[] {
  const faults: string[] = [];
  const types = new Set([schema.type ?? []].flat());
  const said = schema.enum !== undefined || schema.const !== undefined;
  if (types.has('integer') && [schema.minimum, schema.maximum].includes(undefined)) {
    faults.push(`${at} has no minimum or no maximum`);
  }
  if (types.has('number')) faults.push(`${at} is a number with a fraction`);
  const bounded = said || schema.pattern !== undefined || schema.maxLength !== undefined;
  if (types.has('string') && !bounded && schema.format === undefined) {
    faults.push(`${at} may be of any length`);
  }
  if (types.has('array') && schema.maxItems === undefined) {
    faults.push(`${at} may have any number of items`);
  }
  if (types.has('object') && schema.additionalProperties !== false) {
    faults.push(`${at} takes unknown members`);
  }
  return faults;
}
