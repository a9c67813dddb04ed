/** What the rest of fintech needs of identity without its issuer. Nothing heavy is loaded. */
import type { Clock } from '../../kernel/time.ts';
import type { Defect } from './defects/contract.ts';
import type * as MatrixEntry from './matrix/entry.ts';
import type { Judgement, JudgementRules } from './judge.ts';

export { type CheckpointKey, openCheckpointKey } from './checkpoint-key.ts';
export { bareToken, type DecodedToken, decodeToken } from './decode.ts';
export { type Defect, isAboutProofs, isMintable } from './defects/contract.ts';
export { answerAsPersona } from './persona-answer.ts';
export type { Judgement, JudgementRules } from './judge.ts';
export { type ImportedKeys, type KeyStore, openKeys, type PublicJwk } from './keys.ts';
export type { GivenToken, MatrixOptions, MatrixTarget, TokenSource } from './matrix/contract.ts';
export type { MatrixRendering } from './matrix/shown.ts';
export { breakToken, createMinter, mintAccessToken } from './mint.ts';

/** Judges a token as the components do. @throws FintechError KEYS_UNREADABLE */
export async function judgeToken(
  token: string,
  rules: JudgementRules,
  clock: Clock,
): Promise<Judgement> {
  const judge = await import('./judge.ts');
  return judge.judgeToken(token, rules, clock);
}

/** The catalogue of defects. Loaded when it is asked for: minting a good token needs none of it. */
export async function loadDefects(): Promise<readonly Defect[]> {
  return (await import('./defects/catalogue.ts')).DEFECTS;
}

/** What `token matrix` sends, judges and reports with. Loaded when it runs. */
export async function loadMatrix(): Promise<typeof MatrixEntry> {
  return import('./matrix/entry.ts');
}
