import type { Check, CheckSettings } from './contract.ts';
import { Evidence } from './evidence.ts';
import { replay, type Replay, type ReplayOptions } from './replay.ts';
import type { Source } from './source/source.ts';

/** Passes that one check is made in at most, unless said otherwise; a log that needs more is beyond it. */
export const MAX_PASSES = 1024;

/** Keys do not fall evenly on the passes: room for one that gets more. */
const SKEW = 1.1;

/**
 * As `replay`, and with the same outcome however many keys the logs hold: a check that had to give up
 * for them, and whose keys can be parted, is made again in several passes, each over a part of them.
 * @throws FintechError VERIFY_SOURCE, INTERRUPTED
 */
export async function replayInPasses(
  sources: readonly Source[],
  { maxPasses = MAX_PASSES, ...options }: ReplayOptions & { maxPasses?: number | undefined },
): Promise<Replay> {
  const first = await replay(sources, options);
  const evidence = new Map(first.evidence);
  const isFull = (check: Check) => check.isKeyed && evidence.get(check)?.hasGivenUp === true;
  const enough = (first.events * SKEW) / options.settings.maxKeys;
  for (let passes = 2 ** Math.max(1, Math.ceil(Math.log2(enough))); ; passes *= 2) {
    const full = first.interrupted ? [] : options.checks.filter(isFull);
    if (full.length === 0 || passes > maxPasses) return { ...first, evidence };
    const parts = await inPasses(sources, { ...options, checks: full, passes });
    if (parts === undefined) return { ...first, interrupted: true };
    for (const check of full) evidence.set(check, joined(check, parts, options.maxProofs));
  }
}

/** @returns undefined when it was told to stop */
async function inPasses(
  sources: readonly Source[],
  { passes, ...options }: ReplayOptions & { passes: number },
): Promise<Replay[] | undefined> {
  const parts: Replay[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const settings = { ...options.settings, ...partOf(pass, passes) };
    const part = await replay(sources, { ...options, settings });
    if (part.interrupted) return undefined;
    parts.push(part);
  }
  return parts;
}

function partOf(pass: number, passes: number): Pick<CheckSettings, 'owns' | 'isFirstPass'> {
  return { owns: (key) => hashOf(key) % passes === pass, isFirstPass: pass === 0 };
}

/** FNV-1a over UTF-16, its high bits mixed into those that part: the same on every machine. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function joined(check: Check, parts: readonly Replay[], maxProofs: number): Evidence {
  const all = parts.flatMap(({ evidence }) => evidence.get(check) ?? []);
  return Evidence.joined(all, maxProofs);
}
