import type { Instance, NodeRecord } from '../records.ts';
import { type Query, readNodeMeta } from './query.ts';

/** Whether an instance has every `?tag=`, compared without case as Consul does. */
export function hasTags(query: Query, { tags }: Instance): boolean {
  const has = new Set(tags.map((tag) => tag.toLowerCase()));
  return query.all('tag').every((tag) => tag === '' || has.has(tag.toLowerCase()));
}

/** Whether the node has every `?node-meta=key:value`. */
export function matchesNode(query: Query, { meta }: NodeRecord): boolean {
  return readNodeMeta(query).every(
    ([key, value]) => Object.hasOwn(meta, key) && meta[key] === value,
  );
}
