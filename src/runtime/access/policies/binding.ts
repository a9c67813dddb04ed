import { refused } from '../refusal-text.ts';
import type { AccessPolicies, Policy } from './contract.ts';
import { judgeProof } from './dpop.ts';

/**
 * Checks what a token is bound to (`cnf`, RFC 7800 §3.1): a key (RFC 9449 §6.1), a certificate (RFC
 * 8705 §3.1), or both. What no policy checks is refused, and so is a token under the wrong scheme.
 */
export function demandBinding({ dpop, mtls, 'dpop-nonce': nonces }: AccessPolicies): Policy {
  return async (presented) => {
    const { claims, use } = presented;
    const { jkt, 'x5t#S256': thumbprint, ...others } = confirmationOf(claims['cnf']);
    const isUnchecked =
      Object.keys(others).length > 0 ||
      (jkt !== undefined && dpop === undefined) ||
      (thumbprint !== undefined && mtls === undefined);
    if (isUnchecked) return refused('sender-constrained');
    if ((jkt === undefined) !== (use.scheme === 'Bearer')) return refused('scheme');
    if (thumbprint !== undefined && thumbprint !== use.certificate) return refused('certificate');
    if (jkt === undefined || dpop === undefined) return undefined;
    return judgeProof({ ...presented, jkt }, { ...dpop, nonces });
  };
}

/** The members of `cnf`; one that is no object, or empty, says that we do not understand it. */
function confirmationOf(cnf: unknown): Record<string, unknown> {
  if (cnf === undefined) return {};
  const isObject = typeof cnf === 'object' && cnf !== null && !Array.isArray(cnf);
  return isObject && Object.keys(cnf).length > 0 ? { ...cnf } : { unknown: cnf };
}
