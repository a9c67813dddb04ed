/** What the rest of fintech needs of identity without its issuer. Nothing heavy is loaded. */
import type { Random } from '../../kernel/random.ts';
import type { Clock } from '../../kernel/time.ts';
import type { Judgement, JudgementRules } from './judge.ts';
import { openKeys } from './keys.ts';

export { bareToken, type DecodedToken, decodeToken } from './decode.ts';
export { DEFECTS } from './defects/catalogue.ts';
export type { Defect, ExpectedAnswer } from './defects/contract.ts';
export type { Judgement, JudgementRules } from './judge.ts';
export { type KeyStore, openKeys, type PublicJwk, type StoredKey } from './keys.ts';
export { createMinter, mintAccessToken, type MintTools } from './mint.ts';

/** The secret of an OAuth client of the project whose keys lie in that folder. */
export function clientSecret(keysFolder: string, clientId: string, random: Random): string {
  return openKeys(keysFolder, random).clientSecret(clientId);
}

/** Judges a token as the components do. @throws FintechError KEYS_UNREADABLE */
export async function judgeToken(
  token: string,
  rules: JudgementRules,
  clock: Clock,
): Promise<Judgement> {
  const judge = await import('./judge.ts');
  return judge.judgeToken(token, rules, clock);
}
