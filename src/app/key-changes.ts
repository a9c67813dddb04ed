import type { JsonWebKey } from 'node:crypto';
import { FintechError, messageOf } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { formatInstant } from '../kernel/time.ts';
import type { SigningAlgorithm } from '../model/token-request.ts';
import type { ImportedKeys } from '../runtime/identity/public.ts';
import { readBounded } from './bounded-input.ts';
import type { Context } from './context.ts';
import { useKeys } from './keys.ts';
import { findWorkspace } from './workspace.ts';

export type { ImportedKeys } from '../runtime/identity/public.ts';

export interface RotateInput {
  /** Every algorithm there is a key for where it is left out. */
  algorithm: SigningAlgorithm | undefined;
  /** How long the old keys are published still. */
  overlapMs: number;
}

export interface RotatedKey {
  algorithm: SigningAlgorithm;
  kid: string;
  /** The key before, and until when its tokens are accepted. */
  retired: { kid: string; publishedUntil: string };
}

/** Signs with new keys from now on. A running sandbox has them when this returns. */
export async function rotateKeys(
  context: Context,
  { algorithm, overlapMs }: RotateInput,
): Promise<Outcome<RotatedKey[]>> {
  const workspace = await findWorkspace(context);
  const data = await useKeys(context, workspace, (keys) => {
    const publishedUntil = formatInstant(context.clock.now() + overlapMs);
    const before = algorithm === undefined ? keys.list() : [keys.signingKey(algorithm)];
    return before.map((old) => {
      keys.replaceKey(old.algorithm, { overlapMs });
      const { kid } = keys.signingKey(old.algorithm);
      return { algorithm: old.algorithm, kid, retired: { kid: old.kid, publishedUntil } };
    });
  });
  return { data };
}

/** The published keys, or with `private` all that another project needs to be as this one. */
export async function exportKeys(
  context: Context,
  input: { private: boolean },
): Promise<Outcome<{ keys: JsonWebKey[] }>> {
  const workspace = await findWorkspace(context);
  if (input.private) {
    context.reporter.warn(
      'these are private keys: whoever has them can mint tokens of this project',
    );
  }
  const data = await useKeys(context, workspace, (keys) =>
    input.private ? keys.exportPrivate() : keys.jwks(),
  );
  return { data };
}

const MAX_BYTES = 64 * 1024;

/** Takes the keys of another project. @throws FintechError KEYS_UNREADABLE */
export async function importKeys(
  context: Context,
  { source, overlapMs }: { source: string; overlapMs: number },
): Promise<Outcome<ImportedKeys>> {
  const workspace = await findWorkspace(context);
  const jwks = await readJwks(context, source);
  const data = await useKeys(context, workspace, (keys) => keys.importPrivate(jwks, { overlapMs }));
  if (data.clientSecrets && workspace !== undefined) {
    context.reporter.note(
      'note: client secrets are others now; a running sandbox has them after `fintech down` and `fintech up`',
    );
  }
  return { data };
}

async function readJwks(context: Context, source: string): Promise<unknown> {
  try {
    return JSON.parse(await readBounded(context, source, MAX_BYTES));
  } catch (error) {
    // The text of a syntax error quotes what it read.
    const why = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
    const from = source === '-' ? 'stdin' : source;
    throw new FintechError('KEYS_UNREADABLE', `cannot read keys from ${from}: ${why}`, {
      hint: 'Give what `fintech keys export --private` printed.',
    });
  }
}
