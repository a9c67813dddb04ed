import { randomUUID } from 'node:crypto';
import type { Sent } from '../exchange.ts';
import { badBodies } from './bad-bodies.ts';
import { jsonText } from './json-text.ts';
import type { Operation } from './openapi.ts';
import type { Schema } from './schema.ts';

/** A request that its operation takes, given the state of the bank. */
export interface Valid {
  params?: Record<string, string>;
  headers?: Record<string, string>;
  body?: object;
  /** What can be wrong with this operation alone. */
  more?: (good: Sent) => Attempt[];
}

export interface Attempt {
  /** What is wrong with it. */
  name: string;
  sent: Sent;
}

type Headers = Sent['headers'];

/** A request as an operation wants it. */
export function sentFor(operation: Operation, valid: Valid, token: string): Sent {
  const target = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(valid.params?.[name] ?? ''),
  );
  const { method } = operation;
  const headers: Headers = {
    ...(operation.isOpen ? {} : { authorization: `Bearer ${token}` }),
    ...valid.headers,
  };
  if (method === 'GET') return { method, target, headers };
  headers['content-type'] = 'application/json';
  headers['idempotency-key'] = randomUUID();
  return { method, target, headers, body: Buffer.from(jsonText(valid.body ?? {})) };
}

/** Everything a client may do wrong with an operation, one fault in each. */
export function badRequests(operation: Operation, valid: Valid, token: string): Attempt[] {
  const good = () => sentFor(operation, valid, token);
  const attempts = [
    ...badPaths(operation, good),
    ...badCredentials(operation, good),
    ...(valid.more?.(good()) ?? []),
  ];
  if (operation.method === 'GET') return [...attempts, ...badQueries(operation, good)];
  // What has no schema takes any body, as far as that can be told from here.
  if (operation.body === undefined) return attempts;
  const bodies = badBodies(operation.body, valid.body ?? {}).map(([name, body]): Attempt => ({
    name,
    sent: { ...good(), body },
  }));
  return [...attempts, ...bodies, ...badKeys(operation, good), ...badTypes(good)];
}

const BAD_IDS: readonly string[] = [
  '%2F', 'a%2Fb', '..%2Fx', '%00', 'a%00', '%0A', '%20', '%FF', '%C0%AF', '%E2%82', '%', '%zz', '%u0041',
  '%F0%9F%92%B0', '%D8%00', '-', '.hidden%2F', '*', "'", '%22', '%3Cscript%3E', '__proto__', '$%7Bx%7D',
  'x'.repeat(65), 'x'.repeat(201), 'x'.repeat(7000),
]; // prettier-ignore

function badPaths({ path }: Operation, good: () => Sent): Attempt[] {
  const [before, after] = path.split(/\{\w+\}/);
  if (after === undefined) return [];
  return BAD_IDS.map((id) => ({
    name: `the id is ${id.slice(0, 30)} (${id.length})`,
    sent: { ...good(), target: `${before}${id}${after}` },
  }));
}

function badQueries({ parameters }: Operation, good: () => Sent): Attempt[] {
  const query = parameters.filter((parameter) => parameter.in === 'query');
  const texts = query.flatMap(({ name, schema }) =>
    ['', '-1', '0.5', '1e3', 'NaN', '9'.repeat(400), '%00', '%FF', 'a%2Fb', 'ü'.repeat(100)]
      .map(encodeURI)
      .filter((text) => !fits(schema, decodeURI(text)))
      .map((text) => `${name}=${text}`),
  );
  const twice = query.map(({ name }) => `${name}=1&${name}=2`);
  return [...texts, ...twice, ...(query.length > 0 ? ['unknown=1', '__proto__=1'] : [])].map(
    (text) => ({
      name: `?${text.slice(0, 30)}`,
      sent: { ...good(), target: `${good().target}?${text}` },
    }),
  );
}

function fits({ pattern, maxLength = 200 }: Schema, text: string): boolean {
  return new RegExp(pattern ?? '').test(text) && text.length <= maxLength;
}

function badKeys({ parameters }: Operation, good: () => Sent): Attempt[] {
  const key = parameters.find(({ name }) => name === 'Idempotency-Key');
  if (key === undefined) return [];
  const bad = [
    '',
    ' ',
    'a b',
    '"',
    '"a',
    'a\tb',
    'é',
    '\u0080',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
  ];
  const attempts = bad.map((text) => otherwise(good(), { field: 'idempotency-key', value: text }));
  if (!key.required) return attempts;
  return [...attempts, otherwise(good(), { field: 'idempotency-key', value: undefined })];
}

function badTypes(good: () => Sent): Attempt[] {
  const types = [
    'text/plain', 'text/json', 'application/xml', 'application/x-www-form-urlencoded', 'application/jsonx',
    'application/json-patch+json', 'multipart/form-data; boundary=x', 'nonsense', '*/*', undefined,
  ]; // prettier-ignore
  return types.map((type) => otherwise(good(), { field: 'content-type', value: type }));
}

function badCredentials({ isOpen }: Operation, good: () => Sent): Attempt[] {
  if (isOpen) return [];
  const bad = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer x',
    'Bearer a.b.c',
    'Basic eDp5',
    `Bearer ${'x'.repeat(9000)}`,
  ];
  return bad.map((text) => otherwise(good(), { field: 'authorization', value: text }));
}

function otherwise(
  sent: Sent,
  { field, value }: { field: string; value: string | undefined },
): Attempt {
  const { [field]: _, ...rest } = sent.headers;
  const headers = value === undefined ? rest : { ...rest, [field]: value };
  return { name: `${field}: ${value?.slice(0, 30) ?? 'missing'}`, sent: { ...sent, headers } };
}
