import type { OutboxConfig } from '../../model/verify-config.ts';
import type { EventFact } from '../facts.ts';
import { ConfigPlace } from '../mapping/config-place.ts';
import { scalarText } from '../mapping/path.ts';
import { compileValue } from '../mapping/value.ts';

/** What both sides of an outbox know an event by; undefined where the record has no such thing. */
export type JoinKey = (event: EventFact) => string | undefined;

/** Undefined where `key` is no value; that is refused where the configuration is read. */
export function joinKeyOf({ key }: OutboxConfig): JoinKey | undefined {
  // What the envelope says is the id, wherever it stands in the record.
  if (key === undefined || key === 'id') return ({ id }) => id;
  const value = compileValue(new ConfigPlace('', []), key);
  if (value === undefined) return undefined;
  return ({ node }) => {
    const found = value.lookup({ record: node, element: node, elementPath: '' });
    return found.ok ? scalarText(found.node) : undefined;
  };
}
