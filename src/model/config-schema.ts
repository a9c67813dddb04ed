import { clientSchema } from './client-config-schema.ts';
import { verifyDefinitions, verifySchema } from './verify-config-schema.ts';

/** All of `fintech.yaml` but `verify:`, whose types are written by hand: they would be too deep to derive. */
export const coreSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'fintech.yaml',
  description:
    'What a workspace consists of: its sandbox, identities, routes, services and checks.',
  type: 'object',
  additionalProperties: false,
  properties: {
    name: {
      description: 'Name of the workspace.',
      type: 'string',
      pattern: '^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$',
    },
    sandbox: {
      type: 'object',
      additionalProperties: false,
      properties: {
        driver: {
          description: 'Where the sandbox runs.',
          enum: ['auto', 'embedded', 'docker'],
        },
        ports: {
          description: 'Fixed ports. A fixed port that is taken stops `up`; others move.',
          type: 'object',
          additionalProperties: false,
          properties: {
            registry: { type: 'integer', minimum: 1, maximum: 65535 },
            identity: { type: 'integer', minimum: 1, maximum: 65535 },
            events: { type: 'integer', minimum: 1, maximum: 65535 },
            gateway: { type: 'integer', minimum: 1, maximum: 65535 },
          },
        },
        images: {
          description: 'Images that containers are made from.',
          type: 'object',
          additionalProperties: false,
          properties: {
            node: {
              description:
                "A base image with Node 24 or newer, instead of this machine's own Node. It is pulled where it is missing.",
              type: 'string',
              pattern: '^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$',
            },
          },
        },
      },
    },
    identity: {
      type: 'object',
      additionalProperties: false,
      properties: {
        typ: {
          description: 'The type `token verify` asks of tokens; at+jwt by default (RFC 9068).',
          enum: ['at+jwt', 'JWT', 'any'],
        },
        scopeClaim: {
          description: 'The claim that holds the scopes of a token; scope by default.',
          enum: ['scope', 'scp', 'permissions', 'realm_access.roles'],
        },
        clients: {
          description: 'OAuth clients by client_id. Services are clients of their own name.',
          type: 'object',
          propertyNames: { pattern: '^[A-Za-z0-9._~-]{1,64}$' },
          // Without its type written out, the exported one cannot be derived.
          // oxlint-disable-next-line typescript/no-unnecessary-type-assertion
          additionalProperties: clientSchema as typeof clientSchema,
        },
        personas: {
          description: 'People and systems that `token mint --persona` plays.',
          type: 'object',
          propertyNames: { pattern: '^[A-Za-z0-9._~:-]{1,64}$' },
          additionalProperties: {
            type: 'object',
            additionalProperties: false,
            properties: {
              sub: { description: 'Subject of the tokens.', type: 'string', minLength: 1 },
              scopes: {
                type: 'array',
                items: { type: 'string', pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' },
              },
              claims: {
                description: 'Further claims of its tokens: any JSON.',
                type: 'object',
                additionalProperties: true,
              },
            },
            required: ['sub', 'scopes'],
          },
        },
        targets: {
          description:
            'Hosts beyond this machine that `token matrix` may send bad tokens to, with or without a port.',
          type: 'array',
          items: {
            type: 'string',
            pattern: '^(?:[A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+\\])(?::\\d{1,5})?$',
          },
        },
      },
    },
    matrix: {
      type: 'object',
      additionalProperties: false,
      properties: {
        targets: {
          description: 'Requests that `token matrix` makes with good and bad tokens.',
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            properties: {
              name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
              url: { type: 'string', pattern: '^https?://' },
              method: { type: 'string', pattern: '^[A-Z]{1,20}$' },
              body: {
                description: 'Text, or @file from this file; {{uuid}} is another in each request.',
                type: 'string',
              },
              scope: { description: 'Parted by spaces.', type: 'string' },
              persona: { type: 'string', minLength: 1 },
            },
            required: ['name', 'url'],
          },
        },
      },
    },
    gateway: {
      type: 'object',
      additionalProperties: false,
      properties: {
        dpop: {
          type: 'object',
          additionalProperties: false,
          properties: {
            nonce: {
              description: 'Asks for a nonce of the gateway in DPoP proofs (RFC 9449 §9).',
              const: 'required',
            },
          },
        },
        routes: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            properties: {
              path: {
                description: 'A prefix of whole segments, or the whole path with `exact: true`.',
                type: 'string',
                pattern: '^/[^?#\\s]*$',
              },
              exact: { type: 'boolean' },
              methods: {
                type: 'array',
                minItems: 1,
                items: {
                  enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
                },
              },
              service: { description: 'Name in the registry.', type: 'string', minLength: 1 },
              scopes: {
                description: 'All of these scopes are needed.',
                type: 'array',
                minItems: 1,
                items: { type: 'string', minLength: 1 },
              },
              anyScope: {
                description: 'One of these scopes is needed.',
                type: 'array',
                minItems: 1,
                items: { type: 'string', minLength: 1 },
              },
              public: { description: 'Opens the route without a token.', const: true },
              idempotency: {
                description: 'Whether requests must carry an Idempotency-Key.',
                enum: ['required', 'optional'],
              },
            },
            required: ['path', 'service'],
          },
        },
      },
    },
    services: {
      type: 'object',
      propertyNames: { pattern: '^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$' },
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          path: {
            description: 'Folder of the service, from this file.',
            type: 'string',
            minLength: 1,
          },
          command: {
            description: 'How it starts; `src/main.ts` by Node where absent.',
            type: 'string',
            minLength: 1,
          },
          env: { type: 'object', additionalProperties: { type: 'string' } },
          port: { type: 'integer', minimum: 1, maximum: 65535 },
          ready: {
            description:
              'Path that answers 200 when the service is ready; /health/ready by default.',
            type: 'string',
            pattern: '^/',
          },
          watch: {
            description: 'Folders whose changes restart it, from its path; src by default.',
            type: 'array',
            items: { type: 'string', minLength: 1 },
          },
          external: {
            description:
              'Address of an instance that runs elsewhere, http://host:port; nothing is started.',
            type: 'string',
            pattern: '^http://[^/]+/?$',
          },
        },
      },
    },
  },
} as const;

/** The JSON Schema of `fintech.yaml`, published as `schema/fintech.schema.json`. */
export const configSchema: { properties: object; $defs: object; if: object; else: object } = {
  ...coreSchema,
  $defs: verifyDefinitions,
  properties: { ...coreSchema.properties, verify: verifySchema },
  // Who only verifies logs has no workspace to name.
  if: { properties: { verify: true }, propertyNames: { const: 'verify' }, required: ['verify'] },
  else: { properties: { name: true }, required: ['name'] },
};
