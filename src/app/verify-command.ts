import { formatInstant } from '../kernel/time.ts';
import { logCheckpoint } from '../verify/checks/log-checkpoint.ts';
import { projectionDiff } from '../verify/checks/projection-diff.ts';
import type { VerifyInput } from './verify.ts';

/** What shows the findings of one check again. */
export function commandOf(
  { sources, checkpoint, presets, maps, readModels: live, asOfMs, since }: VerifyInput,
  check: string,
): string {
  const words = sources.map((name) => shellWord(/^-./.test(name) ? `./${name}` : name));
  words.push(...presets.map((name) => `--preset ${shellWord(name)}`));
  words.push(...maps.map((file) => `--map ${shellWord(file)}`));
  if (check === projectionDiff.id) {
    const places = live.map(({ projection, place }) => `${projection}=${place}`);
    words.push(...places.map((text) => `--read-model ${shellWord(text)}`));
  }
  if (check === logCheckpoint.id && checkpoint !== undefined) {
    words.push(`--checkpoint ${shellWord(checkpoint.file)}`);
  }
  if (asOfMs !== undefined) words.push(`--as-of ${formatInstant(asOfMs)}`);
  if (since !== undefined) words.push(`--since ${since}`);
  const command = ['fintech verify', ...words, `--only ${check}`].join(' ');
  return sources.includes('-') ? `… | ${command}` : command;
}

/** An argument as a shell takes it back. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
