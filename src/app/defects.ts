import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { DefectEntry } from '../model/token-defect.ts';
import { type Defect, isMintable, loadDefects } from '../runtime/identity/public.ts';

/** The catalogue, in the order of its rows. */
export async function listDefects(): Promise<Outcome<DefectEntry[]>> {
  return { data: (await loadDefects()).map(entryOf) };
}

/** What a defect is, without how it is made. */
function entryOf(defect: Defect): DefectEntry {
  const { id, class: row, title, sources, from, needs, algorithms, repeated, expect } = defect;
  const entry = { id, class: row, title, sources, from, mintable: isMintable(defect), needs };
  return {
    ...entry,
    ...(algorithms === undefined ? {} : { algorithms }),
    ...(repeated === undefined ? {} : { repeated }),
    expect,
  };
}

/** Defects to be minted. @throws FintechError TOKEN_UNKNOWN_DEFECT, USAGE_INVALID */
export async function chooseDefects(ids: readonly string[]): Promise<Defect[]> {
  const all = await loadDefects();
  return ids.map((id) => {
    const defect = all.find((known) => known.id === id);
    if (defect !== undefined && isMintable(defect)) return defect;
    if (defect !== undefined) {
      throw new FintechError('USAGE_INVALID', `${id} is a way to send a token, not to make one`, {
        hint: `\`fintech token matrix --only ${id}\` sends a good one that way.`,
      });
    }
    const known = all.filter(isMintable).map((one) => one.id);
    throw new FintechError('TOKEN_UNKNOWN_DEFECT', `no defect "${id}".${didYouMean(id, known)}`, {
      hint: 'Run `fintech token defects` for all of them.',
      details: { defect: id, known },
    });
  });
}
