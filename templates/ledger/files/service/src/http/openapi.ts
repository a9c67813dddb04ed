import type { FastifyInstance, RouteOptions } from 'fastify';
import { SERVICE } from '../names.ts';

declare module 'fastify' {
  interface FastifySchema {
    summary?: string;
  }
}

interface Schemas {
  summary?: string;
  params?: { properties?: Record<string, object> };
  querystring?: { properties?: Record<string, object> };
  body?: object;
}

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
  const { summary, params, querystring, body } = (schema ?? {}) as Schemas;
  const scope = config?.scope;
  const key = config?.idempotency;
  return {
    summary,
    ...(scope === undefined ? {} : { security: [{ bearer: [scope] }] }),
    parameters: [
      ...parametersIn('path', params?.properties),
      ...parametersIn('query', querystring?.properties),
      ...(key === undefined ? [] : [idempotencyKey(key === 'required')]),
    ],
    ...(body === undefined ? {} : { requestBody: { content: json(body) } }),
    responses: {
      '2XX': { description: 'Done' },
      default: {
        description: 'Problem details (RFC 9457)',
        content: { 'application/problem+json': { schema: { type: 'object' } } },
      },
    },
  };
}

function parametersIn(place: 'path' | 'query', properties: Record<string, object> = {}): object[] {
  return Object.entries(properties).map(([name, schema]) => {
    return { name, in: place, required: place === 'path', schema };
  });
}

function idempotencyKey(required: boolean): object {
  const schema = { type: 'string', minLength: 1, maxLength: 255 };
  return { name: 'Idempotency-Key', in: 'header', required, schema };
}

function json(schema: object): object {
  return { 'application/json': { schema } };
}
