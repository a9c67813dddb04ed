import { refused } from '../refusal-text.ts';
import type { Policy } from './contract.ts';

/** Asked at every use: a remembered answer would outlive the revocation (RFC 7009 §2.1). */
export function demandActive(isActive: (token: string) => Promise<boolean>): Policy {
  return async ({ token }) => {
    try {
      return (await isActive(token)) ? undefined : refused('revoked');
    } catch {
      return refused('status-unavailable');
    }
  };
}
