import { type JsonNode, memberOf, stringOf } from '../../kernel/json-text.ts';
import type { Log } from '../facts.ts';
import { quoted } from '../naming.ts';
import { type Form, refuseHistory } from './form.ts';
import type { HistoryRecord } from './operation.ts';

const TYPES = ['invoke', 'ok', 'fail', 'info'] as const;
const NIL: JsonNode = { kind: 'literal', text: 'null' };

/**
 * Reads one form as a record; undefined for one of the nemesis, which makes faults and no calls.
 * @throws FintechError VERIFY_SOURCE
 */
export function recordOf(
  { node, line, text }: Form,
  log: Log,
  index: number,
): HistoryRecord | undefined {
  const fail = (message: string) => refuseHistory(log.name, `line ${line}: ${message}`);
  if (node.kind !== 'object') return fail('an operation is a map, such as {:process 0 …}');
  const process = scalarOf(memberOf(node, 'process'));
  if (process === undefined) return fail('`process` is missing, or neither number nor name');
  if (process === 'nemesis') return undefined;
  const stated = stringOf(memberOf(node, 'type'));
  const type = TYPES.find((name) => name === stated);
  if (type === undefined)
    return fail(`\`type\` is ${said(stated)}, not one of ${TYPES.join(', ')}`);
  const f = stringOf(memberOf(node, 'f'));
  if (f === undefined) return fail('`f`, what was called, is missing');
  const at = { log, line, position: `line:${line}` };
  return {
    index,
    at,
    text,
    process,
    type,
    f,
    key: notNil(memberOf(node, 'key')),
    value: memberOf(node, 'value') ?? NIL,
    position: notNil(memberOf(node, 'position')),
  };
}

export function notNil(node: JsonNode | undefined): JsonNode | undefined {
  return node === undefined || isNil(node) ? undefined : node;
}

export function isNil(node: JsonNode): boolean {
  return node.kind === 'literal' && node.text === 'null';
}

function scalarOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'number' ? node.text : stringOf(node);
}

function said(text: string | undefined): string {
  return text === undefined ? 'missing' : quoted(text);
}
