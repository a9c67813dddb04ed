import { request } from 'undici';
import { isObject, memberAt } from './json-text.ts';
import type { Schema } from './schema.ts';

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: Schema;
}

export interface MediaTypes {
  content?: Record<string, { schema: Schema }>;
}

/** One method of one path of an OpenAPI document. */
export interface Operation {
  service: string;
  /** Method and path: `POST /v1/payments/{id}/void`. */
  name: string;
  method: string;
  path: string;
  parameters: Parameter[];
  body: Schema | undefined;
  isOpen: boolean;
  responses: Record<string, MediaTypes>;
}

interface Document {
  paths: Record<
    string,
    Record<
      string,
      {
        parameters?: Parameter[];
        requestBody?: MediaTypes;
        security?: unknown[];
        responses: Record<string, MediaTypes>;
      }
    >
  >;
}

export async function documentAt(origin: string): Promise<object> {
  const { body } = await request(`${origin}/openapi.json`);
  return (await body.json()) as object;
}

export function operationsOf(service: string, document: object): Operation[] {
  const { paths } = resolved(document, document) as Document;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, said]): Operation => {
      const parameters = said.parameters ?? [];
      return {
        service,
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        parameters,
        body: said.requestBody?.content?.['application/json']?.schema,
        isOpen: said.security === undefined,
        responses: said.responses,
      };
    }),
  );
}

/** A copy in which everything stands where it is only referred to. */
function resolved(document: object, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(document, item));
  if (!isObject(value)) return value;
  const { $ref } = value;
  if (typeof $ref === 'string') {
    const steps = $ref.replace('#/', '').split('/');
    return resolved(document, memberAt(document, steps));
  }
  const members = Object.entries(value).map(([name, member]) => [name, resolved(document, member)]);
  return Object.fromEntries(members);
}

/** What a document says of answers with a status. */
export function responseFor({ responses }: Operation, status: number): MediaTypes | undefined {
  return responses[status] ?? responses[`${Math.floor(status / 100)}XX`] ?? responses['default'];
}
