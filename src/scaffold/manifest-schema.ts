import { coreSchema } from '../model/config-schema.ts';
import { TEMPLATE_LIMITS } from './limits.ts';

const TEMPLATE_ID = '^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$';
const parameterName = { type: 'string', pattern: '^[a-z][a-zA-Z0-9]{0,39}$' } as const;
const text = { type: 'string', minLength: 1 } as const;
const scopes = { type: 'array', items: text } as const;
const { command, env, ready, watch } =
  coreSchema.properties.services.additionalProperties.properties;

/** The JSON Schema of a template's `template.json`. */
export const manifestSchema: object = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'template.json',
  type: 'object',
  additionalProperties: false,
  required: ['schemaVersion', 'id', 'kind', 'description', 'files'],
  properties: {
    schemaVersion: { const: 1 },
    id: { type: 'string', pattern: TEMPLATE_ID },
    kind: { description: 'What it makes.', enum: ['workspace', 'service', 'part'] },
    description: { type: 'string', minLength: 1, maxLength: 200 },
    order: {
      description: 'Where `init` offers it; later than the services it needs.',
      type: 'integer',
      minimum: 0,
      maximum: 999,
    },
    needs: {
      description: 'Services it calls, by their names; a name is that of its template too.',
      type: 'array',
      maxItems: 20,
      uniqueItems: true,
      items: text,
    },
    walkthrough: {
      description: "Markdown below `files/` that `init` puts into the workspace's README.",
      ...text,
    },
    parts: {
      description: 'Built-in parts that it contains.',
      type: 'array',
      maxItems: 10,
      uniqueItems: true,
      items: { type: 'string', pattern: TEMPLATE_ID },
    },
    parameters: {
      description: 'What `--set <name>=<value>` may set; `{{name}}` stands for it in files.',
      type: 'object',
      propertyNames: parameterName,
      additionalProperties: {
        type: 'object',
        required: ['type', 'description', 'default'],
        properties: {
          type: { enum: ['string', 'boolean', 'choice'] },
          description: text,
          default: { type: ['string', 'boolean'] },
          ask: { description: 'Whether `init` asks for it on a terminal.', const: true },
          pattern: { description: 'Rule of a string.', type: 'string', maxLength: 200 },
          choices: { type: 'array', minItems: 1, items: { type: 'string' } },
        },
        additionalProperties: false,
      },
    },
    files: {
      description: 'Files or folders below `files/`, and where they go from the workspace root.',
      type: 'array',
      maxItems: TEMPLATE_LIMITS.files,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['from', 'to'],
        properties: {
          from: text,
          to: text,
          when: {
            description: 'Taken only where these parameters have these values.',
            type: 'object',
            additionalProperties: { type: ['string', 'boolean'] },
          },
        },
      },
    },
    config: {
      description: 'What it adds to fintech.yaml.',
      type: 'object',
      additionalProperties: false,
      properties: {
        client: {
          description: 'The OAuth client of the service, which bears its name.',
          type: 'object',
          additionalProperties: false,
          required: ['scopes'],
          properties: { scopes },
        },
        personas: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            additionalProperties: false,
            required: ['sub', 'scopes'],
            properties: { sub: text, scopes },
          },
        },
        routes: coreSchema.properties.gateway.properties.routes,
        service: {
          description: 'More of its entry under `services`.',
          type: 'object',
          additionalProperties: false,
          properties: { command, env, ready, watch },
        },
        projections: {
          description:
            'Modules of projections that `fintech verify` folds, from the workspace root.',
          type: 'array',
          items: text,
        },
        readModels: {
          description: 'Live read models that `fintech verify` compares: projection to service.',
          type: 'object',
          additionalProperties: text,
        },
      },
    },
    next: {
      description: 'What to run afterwards, one command each.',
      type: 'array',
      items: text,
    },
  },
};
