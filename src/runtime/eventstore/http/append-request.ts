import { type JsonNode, memberOf, stringOf } from '../../../kernel/json-text.ts';
import type { AppendRequest, ExpectedRevision, StreamCondition, StreamWrite } from '../contract.ts';
import { checkCount, checkEvents, checkStreamName, readEvents } from './events.ts';
import { Refusal } from './refusal.ts';

/** Conditions one request may carry. */
export const MAX_CONDITIONS = 1000;

/** Reads the body of `POST /append`. */
export function readAppendRequest(body: JsonNode): AppendRequest {
  allowMembers(body, ['writes', 'conditions'], '');
  const writeNodes = itemsOf(body, 'writes', '/writes');
  const conditionNodes =
    memberOf(body, 'conditions') === undefined ? [] : itemsOf(body, 'conditions', '/conditions');
  if (conditionNodes.length > MAX_CONDITIONS) {
    throw new Refusal('append-too-large', `A request holds at most ${MAX_CONDITIONS} conditions.`);
  }
  const eventNodes = writeNodes.map((node, index) => eventsOf(node, `/writes/${index}`));
  checkCount(eventNodes.flat().length);
  const writes = writeNodes.map((node, index) =>
    readWrite(node, eventNodes[index] ?? [], `/writes/${index}`),
  );
  checkEvents(writes);
  const conditions = conditionNodes.map((node, index) =>
    readCondition(node, `/conditions/${index}`),
  );
  return { writes, conditions };
}

function eventsOf(node: JsonNode, where: string): readonly JsonNode[] {
  allowMembers(node, ['stream', 'expected', 'events'], where);
  const events = itemsOf(node, 'events', `${where}/events`);
  if (events.length === 0) {
    throw new Refusal('empty-append', 'A write holds at least one event.', at(where));
  }
  return events;
}

function readWrite(node: JsonNode, events: readonly JsonNode[], where: string): StreamWrite {
  const stream = streamOf(node, where);
  const expected = memberOf(node, 'expected');
  return {
    stream,
    expected: expected === undefined ? 'any' : readExpected(expected, where),
    events: readEvents(events, stream, `${where}/events`),
  };
}

function readCondition(node: JsonNode, where: string): StreamCondition {
  allowMembers(node, ['stream', 'expected'], where);
  return {
    stream: streamOf(node, where),
    expected: readExpected(memberOf(node, 'expected'), where),
  };
}

function streamOf(node: JsonNode, where: string): string {
  const stream = stringOf(memberOf(node, 'stream'));
  if (stream === undefined) throw malformed('"stream" must be a string.', where);
  return checkStreamName(stream);
}

function readExpected(node: JsonNode | undefined, where: string): ExpectedRevision {
  if (node?.kind === 'string') {
    const word = node.value;
    if (word === 'none' || word === 'exists' || word === 'any') return word;
  }
  if (node?.kind === 'number' && /^\d+$/.test(node.text)) {
    const revision = Number(node.text);
    if (Number.isSafeInteger(revision)) return revision;
  }
  throw malformed('"expected" must be a revision, "none", "exists" or "any".', where);
}

function itemsOf(node: JsonNode, name: string, where: string): readonly JsonNode[] {
  const value = memberOf(node, name);
  if (value?.kind !== 'array') throw malformed(`"${name}" must be an array.`, where);
  return value.items;
}

function allowMembers(node: JsonNode, known: readonly string[], where: string): void {
  if (node.kind !== 'object') throw malformed('An object is expected here.', where);
  const unknown = node.members.find(({ name }) => !known.includes(name));
  if (unknown === undefined) return;
  throw malformed(`${unknown.nameText} is not known here; known: ${known.join(', ')}.`, where);
}

function malformed(detail: string, pointer: string): Refusal {
  return new Refusal('bad-request', detail, at(pointer));
}

function at(pointer: string): { extensions: { pointer: string } } {
  return { extensions: { pointer } };
}
