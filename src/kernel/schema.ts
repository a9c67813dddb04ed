import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** One place where a value does not fit its schema. */
export interface Violation {
  /** JSON Pointer to the value, empty for the root. */
  path: string;
  message: string;
  /** The member of the value at `path` that is at fault by its name, and the names known there. */
  key?: string;
  knownKeys?: string[];
}

export type Validation<T> = { ok: true; value: T } | { ok: false; violations: Violation[] };

/** A JSON Schema made callable. Compiled on first use, kept for the life of the process. */
export type Validator<T> = (value: unknown) => Validation<T>;

/** Our schemas are held to the meta-schema by a test, not at every start; both cost tens of ms. */
const OPTIONS = {
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  verbose: true,
  meta: false,
  validateSchema: false,
  code: { optimize: false },
} as const;

let ajv: Ajv2020 | undefined;

/** Makes the validator of a JSON Schema (draft 2020-12). */
export function validatorOf<T>(schema: object): Validator<T> {
  let compiled: ReturnType<Ajv2020['compile']> | undefined;
  return (value) => {
    ajv ??= addFormats.default(new Ajv2020(OPTIONS));
    compiled ??= ajv.compile(schema);
    if (compiled(value) === true) return { ok: true, value: value as T };
    return { ok: false, violations: (compiled.errors ?? []).filter(isOwnError).map(violationOf) };
  };
}

/** A bad member name is reported by `propertyNames`, once, and not by the rules inside it as well. */
function isOwnError(error: ErrorObject): boolean {
  return error.propertyName === undefined;
}

function violationOf(error: ErrorObject): Violation {
  const { keyword, instancePath: path, message = keyword } = error;
  const params = error.params as Record<string, unknown>;
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const properties = (error.parentSchema as { properties?: object } | undefined)?.properties;
      return {
        path,
        message: `unknown key "${key}"`,
        key,
        knownKeys: Object.keys(properties ?? {}),
      };
    }
    case 'propertyNames': {
      const key = String(params['propertyName']);
      return { path, message: `"${key}" cannot be a name here`, key, knownKeys: [] };
    }
    case 'enum':
      return {
        path,
        message: `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`,
      };
    default:
      return { path, message };
  }
}
