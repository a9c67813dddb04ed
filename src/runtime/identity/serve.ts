import type { ServeComponent } from '../../kernel/component.ts';
import type { Audience } from '../../model/names.ts';

/**
 * Starts the issuer of a sandbox. oidc-provider takes long to load, so it is loaded here only.
 * @throws FintechError KEYS_UNREADABLE, SANDBOX_DATA_NEWER; the system error when it cannot listen
 */
export const serveIdentity: ServeComponent<{
  /** The `iss` of its tokens, without a trailing slash. */
  issuer: string;
  dataDir: string;
  keysDir: string;
  clients: readonly { clientId: string; secret: string; scopes: readonly string[] }[];
  /** Every scope that exists, under the audience it belongs to. */
  scopes: Readonly<Record<Audience, readonly string[]>>;
}> = async (options, deps) => {
  const { startIssuer } = await import('./issuer/server.ts');
  return startIssuer(options, deps);
};
