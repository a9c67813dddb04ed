import { describe, expect, it } from 'vitest';
import { readCheckRegistration } from './check-definition.ts';
import { Fields } from './fields.ts';
import { parseGoDurationMs, readGoDurationMs } from './go-duration.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import { readRegistration, type Registration } from './registration.ts';

function read(body: unknown): Registration {
  return readRegistration(fieldsOf(body));
}

function fieldsOf(body: unknown): Fields {
  return Fields.parse(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
}

function refusal(body: unknown): { status: number; message: string } {
  try {
    read(body);
  } catch (error) {
    return error as { status: number; message: string };
  }
  return { status: 200, message: 'accepted' };
}

describe('a service registration', () => {
  it('has Consul’s defaults where the body is silent', () => {
    expect(read({ Name: 'pay' })).toEqual({
      instance: {
        id: 'pay',
        name: 'pay',
        tags: [],
        address: '',
        port: 0,
        meta: {},
        taggedAddresses: {},
        weights: { passing: 1, warning: 1 },
        enableTagOverride: false,
      },
      checks: [],
    });
  });

  it('reads CamelCase and snake_case, and nanoseconds as well as Go durations', () => {
    const camel = { Name: 'pay', Check: { TTL: '10s', DeregisterCriticalServiceAfter: '1m30s' } };
    const snake = {
      name: 'pay',
      check: { ttl: 10_000_000_000, deregister_critical_service_after: 90_000_000_000 },
    };
    expect(read(snake)).toEqual(read(camel));
    expect(read(camel).checks).toMatchObject([{ ttlMs: 10_000, deregisterAfterMs: 90_000 }]);
  });

  it('numbers its checks when there are several, and keeps the IDs that are given', () => {
    const checks = read({
      Name: 'pay',
      ID: 'pay-1',
      Check: { TTL: '1s' },
      Checks: [{ TTL: '2s', CheckID: 'mine', Name: 'My own' }, { TTL: '3s' }],
    }).checks;
    expect(checks.map(({ id, name }) => [id, name])).toEqual([
      ['service:pay-1:1', "Service 'pay' check"],
      ['mine', 'My own'],
      ['service:pay-1:3', "Service 'pay' check"],
    ]);
    expect(read({ Name: 'pay', Checks: [{ TTL: '1s' }] }).checks[0]?.id).toBe('service:pay');
  });

  it('takes null and zero values, which Go clients send for what they leave out', () => {
    const body = {
      Name: 'pay',
      Tags: null,
      Meta: null,
      Kind: '',
      Check: { TTL: '', HTTP: '' },
      Checks: null,
      Connect: { Native: false, SidecarService: null },
      Proxy: { Mode: '', Upstreams: [] },
      Namespace: 'default',
      Token: 'ignored',
    };
    expect(read(body)).toEqual(read({ Name: 'pay' }));
  });

  it('is refused, not a crash, when what it nests is absurdly deep', () => {
    const deep = `{"Name":"pay","Proxy":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(refusal(deep)).toMatchObject({ status: 501 });
  });

  it('keeps a meta key that is called __proto__', () => {
    const { instance } = read('{"Name":"pay","Meta":{"__proto__":"x"}}');
    expect(JSON.stringify(instance.meta)).toBe('{"__proto__":"x"}');
  });

  it.each([
    [{}, 'Missing service name'],
    [{ Name: '' }, 'Missing service name'],
    ['', 'the body must be JSON'],
    ['[]', 'the body must be a JSON object'],
    [{ Name: 'consul' }, "the registry's own service"],
    [{ Name: 'a\nb' }, 'Invalid Name: control character'],
    [{ Name: 7 }, 'Name must be a string'],
    [{ Name: 'pay', Port: '80' }, 'Port must be an integer from 0 to 65535'],
    [{ Name: 'pay', Port: 65_536 }, 'Port must be an integer'],
    [{ Name: 'pay', Port: -1 }, 'Port must be an integer'],
    [{ Name: 'pay', Address: '0.0.0.0' }, 'Invalid service address'],
    [{ Name: 'pay', Address: '::' }, 'Invalid service address'],
    [{ Name: 'pay', Tags: 'a' }, 'Tags must be a list'],
    [{ Name: 'pay', EnableTagOverride: 'yes' }, 'EnableTagOverride must be true or false'],
    [{ Name: 'pay', Meta: { 'a b': 'x' } }, 'Key contains invalid characters'],
    [{ Name: 'pay', Meta: { 'consul-x': 'x' } }, 'reserved for internal use'],
    [{ Name: 'pay', Meta: { a: 1 } }, 'Value must be a string'],
    [{ Name: 'pay', Weights: { Passing: 0 } }, 'Weights.Passing must be an integer from 1'],
    [{ Name: 'pay', Check: { TTL: 'soon' } }, 'Check.TTL must be a duration'],
    [{ Name: 'pay', Check: { TTL: '10' } }, 'Check.TTL must be a duration'],
    [{ Name: 'pay', Check: { Status: 'passing' } }, 'TTL must be > 0'],
    [{ Name: 'pay', Check: { TTL: '1s', Interval: '1s' } }, 'cannot both be specified'],
    [{ Name: 'pay', Check: { TTL: '1s', Status: 'fine' } }, 'Invalid check status: "fine"'],
    [{ Name: 'pay', Check: { TTL: '1s', CheckID: 'serfHealth' } }, 'for itself'],
    [{ Name: 'pay', Checks: [1] }, 'Checks must be an object'],
    [
      {
        Name: 'pay',
        Checks: [
          { TTL: '1s', CheckID: 'a' },
          { TTL: '1s', CheckID: 'a' },
        ],
      },
      'same CheckID',
    ],
    [{ Name: 'pay', Namespace: 'other' }, 'Invalid Namespace'],
  ])('answers 400 to %j', (body, words) => {
    expect(refusal(body)).toMatchObject({ status: 400, message: expect.stringContaining(words) });
  });

  it.each([
    [{ Name: 'pay', Kind: 'connect-proxy' }, 'service field "Kind"'],
    [{ Name: 'pay', Connect: { Native: true } }, 'service field "Connect"'],
    [{ Name: 'pay', Check: { HTTP: 'http://x', Interval: '10s' } }, 'check field "HTTP"'],
    [{ Name: 'pay', Checks: [{ tcp: 'x:1', interval: '10s' }] }, 'check field "TCP"'],
    [{ Name: 'pay', Check: { TTL: '1s', FailuresBeforeCritical: 3 } }, 'FailuresBeforeCritical'],
  ])('answers 501 to %j, naming the field', (body, words) => {
    expect(refusal(body)).toMatchObject({ status: 501, message: expect.stringContaining(words) });
  });
});

describe('the limits of a registration', () => {
  const text = (length: number) => 'x'.repeat(length);
  const times = <T>(count: number, make: (at: number) => T) =>
    Array.from({ length: count }, (_, at) => make(at));
  const pairs = (count: number) => Object.fromEntries(times(count, (at) => [`k${at}`, 'v']));
  const { nameBytes, tags, tagBytes, metaPairs, notesBytes } = REGISTRY_LIMITS;
  const { metaKeyCharacters, metaValueCharacters } = REGISTRY_LIMITS;
  const { checksPerRegistration, taggedAddresses } = REGISTRY_LIMITS;
  const check = (at: number) => ({ TTL: '1s', CheckID: `c${at}` });
  const address = (at: number) => [`t${at}`, { Address: 'x', Port: 1 }];

  it.each<[string, number, (size: number) => object]>([
    ['name', nameBytes, (size) => ({ Name: text(size) })],
    ['ID', nameBytes, (size) => ({ ID: text(size) })],
    ['address', nameBytes, (size) => ({ Address: text(size) })],
    ['tags', tags, (size) => ({ Tags: times(size, String) })],
    ['tag', tagBytes, (size) => ({ Tags: [text(size)] })],
    ['meta pairs', metaPairs, (size) => ({ Meta: pairs(size) })],
    ['meta key', metaKeyCharacters, (size) => ({ Meta: { [text(size)]: 'v' } })],
    ['meta value', metaValueCharacters, (size) => ({ Meta: { k: text(size) } })],
    ['checks', checksPerRegistration, (size) => ({ Checks: times(size, check) })],
    ['check notes', notesBytes, (size) => ({ Check: { TTL: '1s', Notes: text(size) } })],
    [
      'tagged addresses',
      taggedAddresses,
      (size) => ({ TaggedAddresses: Object.fromEntries(times(size, address)) }),
    ],
  ])('take the longest %s and refuse one more with 400', (_what, limit, body) => {
    expect(refusal({ Name: 'pay', ...body(limit) })).toMatchObject({ status: 200 });
    expect(refusal({ Name: 'pay', ...body(limit + 1) })).toMatchObject({ status: 400 });
  });
});

describe('a check registration', () => {
  it('takes its ID from ID, CheckID or Name, and belongs to the node without a ServiceID', () => {
    const ids = [{ ID: 'a', CheckID: 'b' }, { CheckID: 'b' }, {}].map(
      (body) => readCheckRegistration(fieldsOf({ Name: 'c', TTL: '1s', ...body })).id,
    );
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(readCheckRegistration(fieldsOf({ Name: 'c', TTL: '1s' })).serviceId).toBe('');
  });

  it('needs a name', () => {
    expect(() => readCheckRegistration(fieldsOf({ TTL: '1s' }))).toThrow('Missing check name');
  });
});

describe('a Go duration', () => {
  it.each([
    ['30s', 30_000],
    ['30000ms', 30_000],
    ['1h30m', 5_400_000],
    ['.5s', 500],
    ['1.5s', 1500],
    ['0', 0],
    ['1µs', 0.001],
  ])('%s is %d ms', (text, ms) => {
    expect(parseGoDurationMs(text)).toBeCloseTo(ms);
  });

  it.each(['', '30', '1d', '-5s', '5 s', 's', '1s'.repeat(40)])('%j is none', (text) => {
    expect(parseGoDurationMs(text)).toBeUndefined();
  });

  it('is nanoseconds as a number, whole and not negative', () => {
    expect([1e9, 1.5, -1, true, null].map(readGoDurationMs)).toEqual([
      1000,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
