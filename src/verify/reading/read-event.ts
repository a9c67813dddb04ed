import { type JsonNode, memberOf } from '../../kernel/json-text.ts';
import type { EventFact, EventRef, Log } from '../facts.ts';

const INTEGER_POSITION = /^\d{1,20}$/;

/** Reads an envelope as far as it goes; what it lacks is for the checks to judge. */
export function readEvent(node: JsonNode, log: Log, line: number): EventFact {
  const text = (name: string) => textOf(memberOf(node, name));
  const globalPosition = scalarOf(memberOf(node, 'globalposition'));
  const at: EventRef = {
    log,
    line,
    position:
      globalPosition !== undefined && INTEGER_POSITION.test(globalPosition)
        ? globalPosition
        : `line:${line}`,
  };
  return {
    kind: 'event',
    at,
    id: text('id'),
    source: text('source'),
    type: text('type'),
    stream: text('subject'),
    time: text('time') ?? text('recordedtime'),
    recordedTime: text('recordedtime'),
    idempotencyKey: text('idempotencykey'),
    causationId: text('causationid'),
    correlationId: text('correlationid'),
    revision: scalarOf(memberOf(node, 'streamrevision')),
    globalPosition,
    data: memberOf(node, 'data'),
    node,
  };
}

/**
 * A control line of a followed log: `{ "control": …, "position": … }`. Such a line has no event's
 * attributes, so an event cannot hide as one.
 */
export function isControlLine(node: JsonNode): boolean {
  return (
    node.kind === 'object' &&
    node.members.length <= 2 &&
    node.members[0]?.name === 'control' &&
    (node.members[1] === undefined || node.members[1].name === 'position')
  );
}

function textOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' && node.value !== '' ? node.value : undefined;
}

/** A string or a number as written; anything else as its JSON kind, so that it is seen as wrong. */
function scalarOf(node: JsonNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'string') return node.value;
  return node.kind === 'number' || node.kind === 'literal' ? node.text : node.kind;
}
