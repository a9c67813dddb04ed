import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** Where deliveries may go. */
export interface TargetRules {
  /** Only by https, and only to the public internet. */
  publicOnly: boolean;
}

export const LONGEST_TARGET = 2048;

/**
 * Why nothing may be sent to a URL; undefined where it may. What a host's name stands for can
 * change, so its addresses are judged at each connection. The text never repeats the URL.
 */
export function targetFault(text: string, { publicOnly }: TargetRules): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'url is no URL';
  if (text.length > LONGEST_TARGET) return `url is longer than ${LONGEST_TARGET} characters`;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'url is neither http nor https';
  if (url.username !== '' || url.password !== '') return 'url holds credentials';
  if (url.hash !== '') return 'url holds a fragment, which is never sent';
  if (!publicOnly) return undefined;
  if (url.protocol !== 'https:') return 'url is not https';
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isPublicAddress(host)) return 'url names an address that is not public';
  return undefined;
}

/** The host without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
