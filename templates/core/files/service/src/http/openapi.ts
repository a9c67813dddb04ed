import type { FastifyInstance, RouteOptions } from 'fastify';
import { SERVICE } from '../names.ts';
import { TITLES } from './problems.ts';

declare module 'fastify' {
  interface FastifySchema {
    summary?: string;
    /** A body that the route takes as it comes, whatever its media type; no schema judges it. */
    rawBody?: object;
    /** JSON Schemas of the answers, by status, where all is well. */
    answers?: Readonly<Record<number, object>>;
    /** Their media type, where it is not JSON. */
    answerType?: string;
    /** Statuses that the route adds to those which every route of its kind may answer with. */
    problems?: readonly number[];
  }
}

interface Schemas {
  summary?: string;
  params?: { properties?: Record<string, object> };
  querystring?: { properties?: Record<string, object> };
  headers?: { properties?: Record<string, object> };
  body?: object;
  rawBody?: object;
  answers?: Readonly<Record<number, object>>;
  answerType?: string;
  problems?: readonly number[];
}

const PROBLEM = {
  type: 'object',
  description: 'Problem details (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'instance', 'traceId'],
  properties: {
    type: { type: 'string', description: 'What is wrong, for programs.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What is wrong, for people.' },
    instance: { type: 'string', description: 'The path that was asked for.' },
    traceId: { type: 'string', description: 'By which the logs know this request.' },
  },
} as const;

/**
 * Serves the OpenAPI 3.1 document of all routes declared after this call. It is made from the
 * very schemas that requests are held to, so it cannot drift.
 */
export function openapiRoute(app: FastifyInstance): void {
  const paths: Record<string, Record<string, object>> = {};
  app.addHook('onRoute', (route) => {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
    const methods = [route.method].flat().filter((method) => method !== 'HEAD');
    for (const method of methods) {
      paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(route) };
    }
  });
  const document = {
    openapi: '3.1.0',
    info: { title: SERVICE, version: '1' },
    paths,
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
  app.get(
    '/openapi.json',
    { config: { open: true }, schema: { summary: 'This document' } },
    () => document,
  );
}

function operationOf({ schema, config }: RouteOptions): object {
  const schemas = (schema ?? {}) as Schemas;
  const { summary, params, querystring, headers, body, rawBody } = schemas;
  const scope = config?.scope;
  const key = config?.idempotency;
  return {
    summary,
    ...(scope === undefined ? {} : { security: [{ bearer: [scope] }] }),
    parameters: [
      ...parametersIn('path', params?.properties),
      ...parametersIn('query', querystring?.properties),
      ...parametersIn('header', headers?.properties),
      ...(key === undefined ? [] : [idempotencyKey(key === 'required')]),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
    ...(rawBody === undefined
      ? {}
      : { requestBody: { required: true, content: { '*/*': { schema: rawBody } } } }),
    responses: responsesOf(schemas, { scope, key }),
  };
}

function responsesOf(
  { params, querystring, body, problems = [], ...good }: Schemas,
  { scope, key }: { scope: string | undefined; key: string | undefined },
): object {
  const statuses = new Set([
    ...problems,
    ...((params ?? querystring ?? body ?? key) ? [400] : []),
    ...(params === undefined ? [] : [414]),
    ...(scope === undefined ? [] : [401, 403, 503]),
    ...(body === undefined ? [] : [413, 415]),
    ...(key === undefined ? [] : [422]),
  ]);
  const { answers = { 200: {} }, answerType = 'application/json' } = good;
  const done = Object.entries(answers).map(([status, schema]) => {
    return [status, { description: 'Done', content: { [answerType]: { schema } } }];
  });
  const bad = [...statuses].map((status) => [status, problemAnswer(status)]);
  return Object.fromEntries([...done, ...bad]) as object;
}

function problemAnswer(status: number): object {
  const schema = { $ref: '#/components/schemas/Problem' };
  const description = TITLES[status] ?? 'Error';
  return { description, content: { 'application/problem+json': { schema } } };
}

function parametersIn(
  place: 'path' | 'query' | 'header',
  properties: Record<string, object> = {},
): object[] {
  return Object.entries(properties).map(([name, schema]) => {
    return { name, in: place, required: place !== 'query', schema };
  });
}

function idempotencyKey(required: boolean): object {
  const schema = { type: 'string', minLength: 1, maxLength: 255 };
  return { name: 'Idempotency-Key', in: 'header', required, schema };
}

function json(schema: object): object {
  return { 'application/json': { schema } };
}
