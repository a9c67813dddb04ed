/** One place where a service answers. */
export interface Instance {
  /** Service ID in the registry. */
  id: string;
  /** `http://host:port`. */
  origin: string;
}

interface HealthEntry {
  Node?: { Address?: unknown };
  Service?: { ID?: unknown; Address?: unknown; Port?: unknown };
}

/** An IP address or a host name: nothing that would change what an origin means. */
const ADDRESS = /^[A-Za-z0-9._:-]+$/;

/**
 * The instances of an answer to `/v1/health/service/:name` (Consul HTTP API v1). An empty service
 * address means its node's; an entry without a usable address is left out.
 * @throws TypeError when the answer is not a list
 */
export function readInstances(answer: unknown): Instance[] {
  if (!Array.isArray(answer)) throw new TypeError('The registry did not answer with a list.');
  return (answer as (HealthEntry | null)[]).flatMap((entry) => {
    const { ID: id, Address: own, Port: port } = entry?.Service ?? {};
    const address = own === '' || own === undefined ? entry?.Node?.Address : own;
    if (typeof id !== 'string' || typeof address !== 'string' || typeof port !== 'number')
      return [];
    const origin = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
    return ADDRESS.test(address) && port > 0 && URL.canParse(origin) ? [{ id, origin }] : [];
  });
}
