import type { Fields } from './fields.ts';
import { Refusal } from './refusal.ts';

/** Namespaces, partitions and peers are Consul Enterprise or federation: only the default exists. */
export function refuseOtherTenants(fields: Fields): void {
  for (const name of ['Namespace', 'Partition', 'PeerName']) {
    if (!['', 'default'].includes(fields.text(name))) {
      throw new Refusal(400, `Invalid ${name}: only the default exists`);
    }
  }
}

/** A name or an ID: any text without control characters, as it goes into logs and paths. */
export function readName(fields: Fields, member: string): string {
  const name = fields.text(member);
  if (/\p{Cc}/u.test(name)) throw new Refusal(400, `Invalid ${member}: control character`);
  return name;
}
