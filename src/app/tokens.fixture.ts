import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '../kernel/random.ts';
import { ManualClock } from '../kernel/time.ts';
import type { Context } from './context.ts';
import type { MintInput } from './tokens.ts';

/** What `token mint` asks for without any flag. */
export const MINT_INPUT: MintInput = {
  persona: undefined,
  scopes: undefined,
  audience: 'api',
  lifetimeS: 300,
  atMs: undefined,
  skewMs: 0,
  claims: {},
  algorithm: 'ES256',
  issuer: undefined,
  ownsIssuer: false,
  defects: [],
  twin: false,
  from: undefined,
  callback: undefined,
  proof: undefined,
  seed: undefined,
  count: 1,
  output: 'token',
  streamed: false,
};

/** A context in a folder of its own, and what was reported to it. */
export interface TokenBench extends Disposable {
  context: Context;
  clock: ManualClock;
  folder: string;
  notes: string[];
  warnings: string[];
  written: string[];
  /** The same context with this on its stdin. */
  withStdin(text: string | Uint8Array): Context;
}

/** @param config text of a `fintech.yaml`; without it there is no workspace */
export function tokenBench(config?: string): TokenBench {
  const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  const cwd = join(folder, 'work');
  mkdirSync(cwd);
  if (config !== undefined) writeFileSync(join(cwd, 'fintech.yaml'), config);
  const [notes, warnings, written]: [string[], string[], string[]] = [[], [], []];
  const clock = new ManualClock();
  const never = () => Promise.reject(new Error('nobody to ask'));
  const context: Context = {
    version: '0.0.0',
    cwd,
    configFile: undefined,
    environment: { FINTECH_DRIVER: 'embedded', XDG_STATE_HOME: join(folder, 'state') },
    homeFolder: folder,
    clock,
    random: systemRandom,
    reporter: {
      step: () => ({ update: () => {}, succeed: () => {}, fail: () => {} }),
      note: (message) => void notes.push(message),
      detail: () => {},
      warn: (message) => void warnings.push(message),
      write: async (chunk) => void written.push(String(chunk)),
    },
    prompts: { interactive: false, text: never, select: never, choose: never, confirm: never },
    stdin: chunksOf(),
    signal: new AbortController().signal,
    forced: new AbortController().signal,
    self: { node: process.execPath, entry: '' },
  };
  return {
    context,
    clock,
    folder,
    notes,
    warnings,
    written,
    withStdin: (text) => ({ ...context, stdin: chunksOf(Buffer.from(text)) }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function* chunksOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
