import { basename, join } from 'node:path';
import {
  privateFileNames,
  readPrivateFile,
  removePrivateFile,
  replacePrivateFile,
  unreadable,
} from './private-files.ts';
import { parseJwk, type PublicJwk } from './private-jwk.ts';

/** A key that signs no more, and is published until the tokens it signed have expired. */
export interface RetiredKey {
  publicJwk: PublicJwk;
  publishedUntilMs: number;
}

const NAME = /^retired-(sandbox-[A-Za-z0-9_-]{16})\.jwk\.json$/;

/** Keeps the public half only: nothing is signed with it again. */
export function retireKey(folder: string, { publicJwk, publishedUntilMs }: RetiredKey): void {
  const text = `${JSON.stringify({ ...publicJwk, publishedUntilMs })}\n`;
  replacePrivateFile(folder, `retired-${publicJwk.kid}.jwk.json`, text);
}

/** Those that are still published. @throws FintechError KEYS_UNREADABLE */
export function retiredKeys(folder: string, nowMs: number): RetiredKey[] {
  return allRetired(folder).filter(({ publishedUntilMs }) => publishedUntilMs > nowMs);
}

/** Forgets those whose time is over. */
export function forgetRetired(folder: string, nowMs: number): void {
  for (const { publicJwk, publishedUntilMs } of allRetired(folder)) {
    if (publishedUntilMs <= nowMs) removePrivateFile(folder, `retired-${publicJwk.kid}.jwk.json`);
  }
}

function allRetired(folder: string): RetiredKey[] {
  return privateFileNames(folder)
    .filter((name) => NAME.test(name))
    .sort()
    .flatMap((name) => read(join(folder, name)) ?? []);
}

/** Undefined when another process has just forgotten it. */
function read(path: string): RetiredKey | undefined {
  const file = readPrivateFile(path);
  if (file === undefined) return undefined;
  const { publishedUntilMs, ...publicJwk } = parseJwk(file.text) ?? {};
  const named = `retired-${String(publicJwk['kid'])}.jwk.json`;
  if (typeof publishedUntilMs !== 'number' || basename(path) !== named) {
    throw unreadable(path, 'it holds no retired key');
  }
  return { publicJwk: publicJwk as PublicJwk, publishedUntilMs };
}
