/** The part of oidc-provider that its own grants are built from, which its types leave out. */
declare module 'oidc-provider/lib/helpers/grants.js' {
  import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

  interface DpopProof {
    /** RFC 9449 §6.1, `jkt`. */
    thumbprint: string;
    jti: string;
  }
  /** The proof of a request, checked; undefined where there is none. Asks for a nonce where one is due. */
  export function validateDpop(
    provider: Provider,
    ctx: KoaContextWithOIDC,
  ): Promise<DpopProof | undefined>;
  // oxlint-disable-next-line max-params -- it is theirs
  export function checkDpopReplay(
    provider: Provider,
    ctx: KoaContextWithOIDC,
    proof: DpopProof | undefined,
    clientId: string,
  ): Promise<void>;
  export function checkDpopRequired(
    provider: Provider,
    ctx: KoaContextWithOIDC,
    proof: DpopProof | undefined,
  ): void;
}
