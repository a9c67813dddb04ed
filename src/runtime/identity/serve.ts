import type { ServeComponent } from '../../kernel/component.ts';
import type { ClientConfig } from '../../model/config.ts';
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
  clients: readonly (ClientConfig & { clientId: string; secret?: string | undefined })[];
  /** Who can be played on the personas page. */
  personas: readonly {
    name: string;
    subject: string;
    scopes: readonly string[];
    claims: Readonly<Record<string, unknown>>;
  }[];
  /** Every scope that exists, under the audience it belongs to. */
  scopes: Readonly<Record<Audience, readonly string[]>>;
}> = async (options, deps) => {
  const { startIssuer } = await import('./issuer/server.ts');
  return startIssuer(options, deps);
};
