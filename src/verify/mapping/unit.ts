import type { UnitName, ValueRule } from '../../model/verify-config.ts';
import type { ConfigPlace } from './config-place.ts';
import { type Path, scalarText } from './path.ts';
import { at, compilePath, placeOf, type Scope } from './scope.ts';

export interface Unit {
  of(scope: Scope): { ok: true; unit: UnitName } | { ok: false; problem: string };
  paths: readonly Path[];
}

const MAX_DECIMALS = 18;

/** @returns undefined where the configuration is wrong, which is told at its place */
export function compileUnit(
  place: ConfigPlace,
  rule: NonNullable<ValueRule['unit']>,
): Unit | undefined {
  if (typeof rule !== 'object') return { of: () => ({ ok: true, unit: rule }), paths: [] };
  const path = compilePath(place.in('path'), rule.path);
  if (path === undefined) return undefined;
  const { values } = rule;
  if (values !== undefined) {
    const units = new Map(Object.entries(values));
    // What is not listed counts minor units, as everything does.
    return {
      of: (scope) => ({ ok: true, unit: units.get(textAt(path, scope)) ?? 'minor' }),
      paths: [path],
    };
  }
  return { of: (scope) => unitAt(path, scope), paths: [path] };
}

function unitAt(path: Path, scope: Scope): ReturnType<Unit['of']> {
  const text = textAt(path, scope);
  if (text === 'major' || text === 'minor') return { ok: true, unit: text };
  const decimals = /^\d{1,2}$/.test(text) ? Number(text) : Infinity;
  if (decimals <= MAX_DECIMALS) return { ok: true, unit: decimals };
  const problem =
    text === '' ? 'missing' : `${JSON.stringify(text.slice(0, 40))}, no number of decimals`;
  return { ok: false, problem: `${placeOf(path, scope)} is ${problem}` };
}

function textAt(path: Path, scope: Scope): string {
  const node = at(path, scope);
  return (node === undefined ? undefined : scalarText(node)) ?? '';
}
