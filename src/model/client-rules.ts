import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { Violation } from '../kernel/validation.ts';
import type { ClientConfig, Config } from './config.ts';

/** Members of a JWK that are nobody's business but its owner's (RFC 7518 §6.2.2, §6.3.2, §6.4). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
/** RFC 7518 §3.3. */
const MIN_RSA_BITS = 2048;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Rules about `identity.clients` that a schema cannot say. */
export function clientRules({ identity }: Config): Violation[] {
  return Object.entries(identity?.clients ?? {}).flatMap(([clientId, client]) => {
    const path = `/identity/clients/${clientId}`;
    return [...authenticationFaults(client), ...flowFaults(client), ...keyFaults(client)].map(
      ({ at, message }) => ({ path: `${path}${at}`, message }),
    );
  });
}

/** `at` is a JSON Pointer below the client. */
interface Fault {
  at: string;
  message: string;
}

function authenticationFaults(client: ClientConfig): Fault[] {
  const { auth, profile, jwks, dpop } = client;
  const faults: Fault[] = [];
  if (auth === 'private_key_jwt' && jwks === undefined) {
    faults.push({ at: '/auth', message: 'private_key_jwt needs the public keys under jwks' });
  }
  if (profile === 'fapi2' && auth !== 'private_key_jwt') {
    const message = 'fapi2 needs auth: private_key_jwt (FAPI 2.0 Security Profile §5.3.2.1)';
    faults.push({ at: '/profile', message });
  }
  if (profile === 'fapi2' && dpop === false) {
    faults.push({
      at: '/dpop',
      message: 'fapi2 binds every token to a key, so it cannot be false',
    });
  }
  return faults;
}

function flowFaults({
  auth,
  grants = ['client_credentials'],
  redirectUris,
}: ClientConfig): Fault[] {
  const faults: Fault[] = [];
  const secretGrant = grants.find((name) =>
    ['client_credentials', 'token_exchange'].includes(name),
  );
  if (auth === 'none' && secretGrant !== undefined) {
    const message = `a client that proves nothing cannot use ${secretGrant}`;
    faults.push({ at: '/auth', message });
  }
  const asksPeople = grants.includes('authorization_code') || grants.includes('device');
  if (grants.includes('refresh_token') && !asksPeople) {
    const message = 'refresh_token needs authorization_code or device beside it';
    faults.push({ at: '/grants', message });
  }
  if (grants.includes('authorization_code') !== (redirectUris !== undefined)) {
    const message = 'authorization_code and redirectUris go together';
    faults.push({ at: redirectUris === undefined ? '/grants' : '/redirectUris', message });
  }
  const uriFaults = (redirectUris ?? []).flatMap((uri, index) => {
    const message = redirectUriFault(uri) ?? nativeFault(uri, redirectUris ?? []);
    return message === undefined ? [] : [{ at: `/redirectUris/${index}`, message }];
  });
  return [...faults, ...uriFaults];
}

/** A client that is an app on a device has https for sites alone (OpenID Connect Registration §2). */
function nativeFault(uri: string, all: readonly string[]): string | undefined {
  const { protocol, hostname } = new URL(uri);
  const isNative = all.filter((one) => URL.canParse(one)).some(isOfApp);
  const isOurs = protocol === 'https:' && LOOPBACK.has(hostname);
  return isOurs && isNative ? 'https on loopback and URIs of an app exclude each other' : undefined;
}

function isOfApp(uri: string): boolean {
  const { protocol, port } = new URL(uri);
  return protocol === 'http:' ? port === '' : protocol !== 'https:';
}

/** RFC 9700 §2.1, RFC 8252 §7: https, loopback http, or a scheme with a dot that is the app's own. */
function redirectUriFault(uri: string): string | undefined {
  if (!URL.canParse(uri)) return 'this is no absolute URI';
  const { protocol, hostname, username, password } = new URL(uri);
  if (username !== '' || password !== '') return 'a redirect URI carries no credentials';
  if (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname))) return undefined;
  if (protocol.includes('.')) return undefined;
  return 'only https, http on loopback, or a scheme with a dot can be a redirect URI';
}

function keyFaults({ jwks }: ClientConfig): Fault[] {
  return (jwks?.keys ?? []).flatMap((key, index) => {
    const at = `/jwks/keys/${index}`;
    const secret = PRIVATE_MEMBERS.find((member) => member in key);
    const message = 'this is private, and has no place in a file; only public keys are needed';
    if (secret !== undefined) return [{ at: `${at}/${secret}`, message }];
    return isPublicKey(key) ? [] : [{ at, message: 'this is no public key (RFC 7517)' }];
  });
}

function isPublicKey(key: JsonWebKey): boolean {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key, format: 'jwk' });
    return (asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS) >= MIN_RSA_BITS;
  } catch {
    return false;
  }
}
