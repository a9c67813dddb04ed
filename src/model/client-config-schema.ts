/** One entry of `identity.clients`. What a schema cannot say of it is in `client-rules.ts`. */
export const clientSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    scopes: {
      description:
        'The most this client can ever be granted. One that ends in `:` takes a parameter.',
      type: 'array',
      items: { type: 'string', pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' },
    },
    profile: {
      description:
        'What is demanded of it: plain OAuth by default, or the FAPI 2.0 Security Profile.',
      enum: ['plain', 'fapi2'],
    },
    grants: {
      description: 'The flows it may use; client_credentials by default.',
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: {
        enum: [
          'client_credentials',
          'authorization_code',
          'refresh_token',
          'device',
          'token_exchange',
        ],
      },
    },
    redirectUris: {
      description:
        'Where codes are sent, compared character by character. A loopback address without a port stands for every port (RFC 8252 §7.3).',
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', pattern: '^[\\x21\\x22\\x24-\\x7e]+$', maxLength: 2048 },
    },
    auth: {
      description:
        'How it proves who it is; client_secret_basic by default, where the secret may be sent in the form too.',
      enum: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    },
    jwks: {
      description:
        'Its public keys, for private_key_jwt and signed request objects: a JWK Set (RFC 7517 §5).',
      type: 'object',
      additionalProperties: false,
      required: ['keys'],
      properties: {
        keys: {
          type: 'array',
          minItems: 1,
          maxItems: 20,
          items: {
            type: 'object',
            additionalProperties: true,
            required: ['kty'],
            properties: { kty: { enum: ['EC', 'OKP', 'RSA'] } },
          },
        },
      },
    },
    dpop: {
      description: 'Binds all its tokens to a key of its own (RFC 9449); always so with fapi2.',
      type: 'boolean',
    },
    claims: {
      description: 'Further claims of the tokens it gets for itself: any JSON.',
      type: 'object',
      additionalProperties: true,
    },
  },
  required: ['scopes'],
} as const;
