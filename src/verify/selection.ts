import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { Check, CheckCard } from './contract.ts';

export interface Selection {
  /** Ids or `area/*`; empty means all. */
  only: readonly string[];
  skip: readonly string[];
}

/**
 * The checks a run makes.
 * @throws FintechError VERIFY_UNKNOWN_CHECK for a name that is none
 * @throws FintechError USAGE_INVALID when no check is left
 */
export function selectChecks(all: readonly Check[], { only, skip }: Selection): readonly Check[] {
  const wanted = only.length === 0 ? new Set(all) : checksNamed(all, only);
  const left = checksNamed(all, skip);
  const chosen = all.filter((check) => wanted.has(check) && !left.has(check));
  if (chosen.length > 0) return chosen;
  throw new FintechError('USAGE_INVALID', 'no check is left to make', {
    hint: 'Give --only or --skip fewer names.',
  });
}

/** @throws FintechError VERIFY_UNKNOWN_CHECK */
export function checksNamed<C extends CheckCard>(
  all: readonly C[],
  names: readonly string[],
): Set<C> {
  return new Set(names.flatMap((name) => checksOf(all, name)));
}

function checksOf<C extends CheckCard>(all: readonly C[], name: string): readonly C[] {
  const found = name.endsWith('/*')
    ? all.filter(({ id }) => id.startsWith(name.slice(0, -1)))
    : all.filter(({ id }) => id === name);
  if (found.length > 0) return found;
  const known = all.flatMap(({ id }) => [id, `${id.split('/')[0]}/*`]);
  throw new FintechError(
    'VERIFY_UNKNOWN_CHECK',
    `there is no check ${name}.${didYouMean(name, new Set(known))}`,
    {
      hint: 'Run `fintech verify --list` to see them all.',
      details: { check: name },
    },
  );
}
