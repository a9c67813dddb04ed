import { PROTOCOL_SCOPES } from './resources.ts';
import type { AudienceScopes } from './scope-policy.ts';

export const DISCOVERY_PATHS = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
] as const;

/** Metadata (RFC 8414) names the scopes of all resources, which oidc-provider does not know. */
export function describe(body: unknown, scopes: AudienceScopes): void {
  const metadata = body as Record<string, unknown>;
  const ofResources = Object.values(scopes).flat();
  metadata['scopes_supported'] = [...new Set([...PROTOCOL_SCOPES, ...ofResources])];
}
