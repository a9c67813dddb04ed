import { isKnownHost } from '../../kernel/host-guard.ts';

/** What a server is told of where it is reached. */
interface PublishedAt {
  allowedHosts?: readonly string[] | undefined;
  publishedPort?: number | undefined;
}

/**
 * The origins a server of ours is reached at: `http`, loopback or one of its allowed hosts, and the
 * port it is bound to or published by. DPoP proofs are held against them (RFC 9449 §4.3 (9)), never
 * against what the request says of itself.
 */
export class PublishedOrigins {
  readonly #hosts: ReadonlySet<string>;
  readonly #ports = new Set<string>();

  constructor({ allowedHosts, publishedPort }: PublishedAt) {
    this.#hosts = new Set(allowedHosts);
    if (publishedPort !== undefined) this.#ports.add(String(publishedPort));
  }

  /** Told of the server's own URL once it listens. */
  bound(url: string): void {
    this.#ports.add(portOf(new URL(url)));
  }

  has(origin: string): boolean {
    const url = URL.parse(origin);
    if (url === null || url.protocol !== 'http:') return false;
    return isKnownHost(url.hostname, this.#hosts) && this.#ports.has(portOf(url));
  }
}

/** `URL` leaves the default port out. */
function portOf({ port }: URL): string {
  return port === '' ? '80' : port;
}
