/** `verify:` of `fintech.yaml`, as `docs/sources.md` explains it. */

const name = { type: 'string', minLength: 1 };
const names = { type: 'array', items: name };

const unitName = { $ref: '#/$defs/unit' };
const value = { $ref: '#/$defs/mapValue' };
const values = { $ref: '#/$defs/mapValues' };
const log = { $ref: '#/$defs/sourceLog' };

const unitNameSchema = {
  anyOf: [{ enum: ['major', 'minor'] }, { type: 'integer', minimum: 0, maximum: 18 }],
};

/** A path, a literal, or a rule that makes one value of several. */
const valueSchema = {
  anyOf: [
    name,
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        path: name,
        value: { type: ['string', 'number', 'boolean'] },
        first: { type: 'array', minItems: 1, items: name },
        join: { type: 'array', minItems: 1, items: name },
        values: { type: 'object', additionalProperties: { type: 'string' } },
        as: { enum: ['rfc3339', 'date', 'epoch-s', 'epoch-ms', 'epoch-us'] },
        unit: {
          anyOf: [
            unitName,
            {
              type: 'object',
              additionalProperties: false,
              required: ['path'],
              properties: {
                path: name,
                values: { type: 'object', additionalProperties: unitName },
              },
            },
          ],
        },
        optional: { type: 'boolean' },
      },
    },
  ],
};

/** What a log promises of itself. */
const logSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    envelope: {
      type: 'object',
      additionalProperties: false,
      properties: {
        type: value,
        id: value,
        source: value,
        stream: value,
        revision: value,
        position: { anyOf: [value, { type: 'array', minItems: 2, maxItems: 2, items: value }] },
        time: value,
        recorded: value,
        cause: value,
        correlation: value,
        key: value,
        data: value,
        body: value,
      },
    },
    decode: {
      description: 'json: a string that holds JSON. pairs: a list of names and values in turn.',
      type: 'object',
      additionalProperties: { enum: ['json', 'pairs'] },
    },
    order: { enum: ['gapless', 'increasing', 'none'] },
    revisions: {
      anyOf: [
        { const: 'none' },
        {
          type: 'object',
          additionalProperties: false,
          required: ['from'],
          properties: { from: { type: 'integer', minimum: 0 } },
        },
      ],
    },
    duplicates: { enum: ['forbidden', 'identical'] },
    starts: { enum: ['beginning', 'middle'] },
  },
};

const source = {
  anyOf: [
    name,
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        name,
        files: { anyOf: [name, { ...names, minItems: 1 }] },
        sandbox: { const: true },
        url: name,
        postgres: name,
        table: name,
        where: name,
        orderBy: name,
        preset: { anyOf: [name, { ...names, minItems: 1 }] },
        log,
      },
    },
  ],
};

/** One entry of `map`: which records are which facts. Each fact is held to its keys when it is read. */
const mapEntry = {
  type: 'object',
  additionalProperties: false,
  properties: {
    type: name,
    source: name,
    when: {
      type: 'object',
      additionalProperties: {
        anyOf: [
          { type: ['string', 'number', 'boolean', 'null'] },
          { type: 'array', items: { type: ['string', 'number', 'boolean', 'null'] } },
        ],
      },
    },
    optional: { type: 'boolean' },
    transaction: value,
    postings: {
      anyOf: [values, { type: 'array', minItems: 1, items: values }],
    },
    reverses: value,
    hold: { anyOf: [value, values] },
    key: value,
    payment: { anyOf: [value, values] },
    posting: values,
    accountState: values,
    movement: values,
    statement: values,
    saga: values,
    command: values,
    checkpoint: values,
  },
};

const saga = {
  type: 'object',
  additionalProperties: false,
  required: ['start', 'next', 'end'],
  properties: {
    start: { ...names, minItems: 1 },
    next: { type: 'object', additionalProperties: names },
    end: { ...names, minItems: 1 },
    deadline: { description: 'A duration such as 30d, 5m.', type: 'string', minLength: 2 },
    money: { type: 'boolean' },
  },
};

const accountRule = {
  type: 'object',
  additionalProperties: false,
  required: ['match'],
  properties: {
    match: { description: 'An account, or a pattern with * in it.', ...name },
    kind: { enum: ['asset', 'liability', 'equity', 'income', 'expense'] },
    overdraft: { type: 'integer', minimum: 0 },
    limit: { type: 'integer', minimum: 0 },
  },
};

const duration = {
  description: 'A duration such as 30d, 5m.',
  type: 'string',
  pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$',
};

/** What a check is told; `CheckSetting` says which check each member is of. */
const checkSetting = {
  anyOf: [
    { const: 'off' },
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        severity: { enum: ['critical', 'high', 'medium'] },
        overdraft: names,
        partialCaptures: { type: 'boolean' },
        tolerance: duration,
        minted: names,
        burned: names,
        allow: names,
      },
    },
  ],
};

/** Shapes that stand in many places: written out in each, they would make the checking code huge. */
export const verifyDefinitions: object = {
  unit: unitNameSchema,
  mapValue: valueSchema,
  mapValues: { type: 'object', additionalProperties: value },
  sourceLog: logSchema,
};

export const verifySchema: object = {
  type: 'object',
  additionalProperties: false,
  properties: {
    sources: {
      description: 'What `fintech verify` reads when no source is named.',
      type: 'array',
      items: source,
    },
    log,
    map: { description: 'Which records are which facts.', type: 'array', items: mapEntry },
    presets: { description: 'Vocabularies and envelopes that every source uses.', ...names },
    sagas: { type: 'object', additionalProperties: saga },
    accounts: { type: 'array', items: accountRule },
    openings: { description: 'A CSV file: account,currency,balance.', ...name },
    currencies: {
      description: 'Decimals of currencies beyond ISO 4217.',
      type: 'object',
      additionalProperties: { type: 'integer', minimum: 0, maximum: 18 },
    },
    outbox: {
      type: 'object',
      additionalProperties: false,
      required: ['committed', 'published'],
      properties: { committed: name, published: name, key: value, within: name },
    },
    require: { description: 'Checks that must not end inconclusive.', ...names },
    checks: {
      description: '`off` leaves a check out; else what the check is told.',
      type: 'object',
      additionalProperties: checkSetting,
    },
    projections: { description: 'Modules with projections of your own.', ...names },
    readModels: {
      description: 'The service, address or file of the live read model of each projection.',
      type: 'object',
      additionalProperties: name,
    },
    invariants: { description: 'Modules with invariants of your own.', ...names },
    schemas: {
      description: 'The JSON Schema file of the data of each event type.',
      type: 'object',
      additionalProperties: name,
    },
    checkpointKey: { description: 'The public key that checkpoints are verified by.', ...name },
    ignore: { description: 'Types that are no facts; may end in *.', ...names },
    unmapped: { enum: ['error', 'warn', 'ignore'] },
  },
};
