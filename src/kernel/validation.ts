import type { ErrorObject } from 'ajv';

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

/** A JSON Schema made callable. */
export type Validator<T> = (value: unknown) => Validation<T>;

/** What ajv compiles a schema into. */
export interface CompiledSchema {
  (value: unknown): unknown;
  errors?: null | ErrorObject[];
}

/** A validator over a compiled schema. */
export function validatorFrom<T>(compiled: () => CompiledSchema): Validator<T> {
  return (value) => {
    const check = compiled();
    if (check(value) === true) return { ok: true, value: value as T };
    return { ok: false, violations: (check.errors ?? []).filter(isOwnError).map(violationOf) };
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
