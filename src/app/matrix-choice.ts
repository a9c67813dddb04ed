import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { Defect } from '../runtime/identity/public.ts';

/**
 * The defects that are named, without those to skip. A name is an id, a group (`claims` or
 * `claims/*`), a row of the catalogue (`S6`) or a letter of it (`S`).
 * @throws FintechError TOKEN_UNKNOWN_DEFECT
 */
export function chooseDefects(
  defects: readonly Defect[],
  { only, skip }: { only: readonly string[]; skip: readonly string[] },
): Defect[] {
  const named = (names: readonly string[]) => new Set(names.flatMap((name) => find(defects, name)));
  const wanted = only.length === 0 ? new Set(defects) : named(only);
  const left = named(skip);
  return defects.filter((defect) => wanted.has(defect) && !left.has(defect));
}

function find(defects: readonly Defect[], name: string): Defect[] {
  const found = defects.filter((defect) => namesOf(defect).includes(name));
  if (found.length > 0) return found;
  const known = [...new Set(defects.flatMap(namesOf))];
  throw new FintechError(
    'TOKEN_UNKNOWN_DEFECT',
    `no defect, group or class "${name}".${didYouMean(name, known)}`,
    { hint: 'Run `fintech token defects` for all of them.', details: { defect: name } },
  );
}

function namesOf({ id, class: row }: Defect): string[] {
  const group = id.slice(0, id.indexOf('/'));
  return [id, group, `${group}/*`, row, row.slice(0, 1)];
}
