import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { isPublicAddress } from '../domain/public-address.ts';

/** A connection that was never made, since its address is not on the public internet. */
export class ForbiddenTarget extends Error {
  readonly code = 'ERR_FORBIDDEN_TARGET';
}

const CONNECT_MS = 5000;

/**
 * Connections to receivers. Where only the public internet is allowed, each address is judged at
 * the very moment it is connected to: a name that meant another host a second ago is no way round.
 */
export function targetAgent(options: {
  publicOnly: boolean;
  /** At most, to one host: enough for all tries, since one may wait for no other. */
  connections: number;
  resolve?: typeof lookup;
}): Agent {
  const { publicOnly, connections, resolve = lookup } = options;
  const timeouts = { timeout: CONNECT_MS };
  if (!publicOnly) return new Agent({ connections, connect: timeouts });
  const connect = buildConnector({ ...timeouts, lookup: publicLookup(resolve) });
  return new Agent({
    connections,
    connect(target, callback) {
      const { hostname } = target;
      // An address is connected to without a lookup.
      if (isIP(hostname) !== 0 && !isPublicAddress(hostname)) callback(forbidden(), null);
      else connect(target, callback);
    },
  });
}

/** A lookup that finds only addresses on the public internet. */
export function publicLookup(resolve: typeof lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const open = addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = open;
      if (first === undefined) return callback(forbidden(), '', 0);
      return options.all === true
        ? callback(null, open)
        : callback(null, first.address, first.family);
    });
  };
}

function forbidden(): ForbiddenTarget {
  return new ForbiddenTarget('the address is not on the public internet');
}
