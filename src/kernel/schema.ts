import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** One place where a value does not fit its schema. */
export interface Violation {
  /** JSON Pointer to the value, empty for the root. */
  path: string;
  message: string;
  /** For an unknown member: its name, and the names that are known there. */
  unknownKey?: string;
  knownKeys?: string[];
}

export type Validation<T> = { ok: true; value: T } | { ok: false; violations: Violation[] };

/** A JSON Schema made callable. Compiled on first use, kept for the life of the process. */
export type Validator<T> = (value: unknown) => Validation<T>;

let ajv: Ajv2020 | undefined;

/** Makes the validator of a JSON Schema (draft 2020-12). */
export function validatorOf<T>(schema: object): Validator<T> {
  let compiled: ReturnType<Ajv2020['compile']> | undefined;
  return (value) => {
    ajv ??= addFormats.default(
      new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true }),
    );
    compiled ??= ajv.compile(schema);
    if (compiled(value) === true) return { ok: true, value: value as T };
    return { ok: false, violations: (compiled.errors ?? []).map(violationOf) };
  };
}

function violationOf(error: ErrorObject): Violation {
  const violation: Violation = {
    path: error.instancePath,
    message: error.message ?? error.keyword,
  };
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') {
    const properties =
      (error.parentSchema as { properties?: object } | undefined)?.properties ?? {};
    const params = error.params as { additionalProperty?: string; unevaluatedProperty?: string };
    violation.unknownKey = params.additionalProperty ?? params.unevaluatedProperty ?? '';
    violation.knownKeys = Object.keys(properties);
    violation.message = `unknown key "${violation.unknownKey}"`;
  } else if (error.keyword === 'enum') {
    const { allowedValues } = error.params as { allowedValues: unknown[] };
    violation.message = `must be one of ${allowedValues.join(', ')}`;
  }
  return violation;
}
