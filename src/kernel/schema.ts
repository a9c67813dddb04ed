import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type CompiledSchema, type Validator, validatorFrom } from './validation.ts';

export type { Validator, Violation } from './validation.ts';

let ajv: Ajv2020 | undefined;

/** Makes the validator of a JSON Schema (draft 2020-12). Compiled on first use, then kept. */
export function validatorOf<T>(schema: object): Validator<T> {
  let compiled: CompiledSchema | undefined;
  return validatorFrom<T>(() => {
    ajv ??= createAjv();
    compiled ??= ajv.compile(schema);
    return compiled;
  });
}

/**
 * Makes the validator of a schema that somebody else wrote: held to the meta-schema, unknown keywords
 * are annotations as the specification says, and multiples of decimals such as 0.01 are judged as
 * decimals. Compiled at once.
 * @throws Error saying what is wrong with the schema
 */
export function foreignValidatorOf(schema: object): Validator<unknown> {
  // Of its own: two schemas of a user may have one `$id`.
  const own = createAjv({
    meta: true,
    validateSchema: true,
    strict: false,
    logger: false,
    multipleOfPrecision: 6,
  });
  const compiled = own.compile(schema);
  return validatorFrom(() => compiled);
}

/** The one configuration of ajv; the build uses it too, to compile ahead. */
export function createAjv(options: Options = {}): Ajv2020 {
  return addFormats.default(
    new Ajv2020({
      allErrors: true,
      strict: true,
      allowUnionTypes: true,
      verbose: true,
      // Our schemas are held to the meta-schema by a test; at every start it would cost 30 ms.
      meta: false,
      validateSchema: false,
      // A shape that is named once is compiled once.
      inlineRefs: false,
      code: { optimize: false },
      ...options,
    }),
  );
}
