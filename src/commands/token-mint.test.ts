import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { verb } from './token-mint.ts';

function read(...args: string[]) {
  const command = new Command().exitOverride().option('--json');
  verb.configure(command);
  command.parse(args, { from: 'user' });
  return verb.input(command);
}

describe('the flags of token mint', () => {
  it('have defaults', () => {
    expect(read()).toMatchObject({
      audience: 'api',
      lifetimeS: 300,
      skewMs: 0,
      algorithm: 'ES256',
      count: 1,
      output: 'token',
      streamed: false,
      claims: {},
    });
  });

  it('take scopes apart, claims as text or JSON, times and durations', () => {
    const flags = ['--scope', 'a b', '--scope', 'c', '--claim', 'k=v=w', '--claim', 'amr:=["pwd"]'];
    expect(
      read(
        ...flags,
        '--claim',
        'https://x/y:=1',
        '--ttl',
        '1h',
        '--skew',
        '-90s',
        '--at',
        '2027-01-01T00:00Z',
      ),
    ).toMatchObject({
      scopes: ['a', 'b', 'c'],
      claims: { k: 'v=w', amr: ['pwd'], 'https://x/y': 1 },
      lifetimeS: 3600,
      skewMs: -90_000,
      atMs: Date.UTC(2027, 0, 1),
    });
  });

  it('stream more than one token, unless all are to be one JSON object', () => {
    expect(read('-n', '100000')).toMatchObject({ count: 100_000, streamed: true });
    expect(read('-n', '10000', '--json')).toMatchObject({ streamed: false });
  });

  it('bind it to a key for a request, as a defect of proofs does by itself', () => {
    expect(read()).toMatchObject({ proof: undefined });
    expect(read('--dpop')).toMatchObject({ proof: { method: 'GET', url: undefined } });
    const request = ['--method', 'POST', '--url', 'http://127.0.0.1:1/a', '--nonce', 'n'];
    const proof = { method: 'POST', url: 'http://127.0.0.1:1/a', nonce: 'n' };
    expect(read('--dpop', ...request)).toMatchObject({ proof });
    expect(read('--defect', 'dpop/old', ...request)).toMatchObject({ proof });
  });

  it.each([
    [['--method', 'POST']],
    [['--nonce', 'n', '--defect', 'claims/expired']],
    [['--dpop', '--method', 'GET /']],
    [['--dpop', '--url', 'ftp://x/']],
    [['--dpop', '--url', '/v1']],
    [['--dpop', '--nonce', 'a"b']],
    [['--dpop', '--nonce', 'n'.repeat(1025)]],
    [['--ttl', '0s']],
    [['--ttl', '500ms']],
    [['--ttl', '-5m']],
    [['--ttl', '367d']],
    [['--ttl', 'soon']],
    [['--skew', '367d']],
    [['--at', 'tomorrow']],
    [['--at', '1969-12-31']],
    [['--at', '9999-01-01']],
    [['--at', '2027-02-30']],
    [['--claim', 'novalue']],
    [['--claim', '=v']],
    [['--claim', 'k:=[']],
    [['-n', '0']],
    [['-n', '1.5']],
    [['-n', '100001']],
    [['-n', '10001', '--json']],
    [['--twin']],
    [['--alg', 'none']],
    [['-o', 'yaml']],
  ])('refuse %j', (args) => {
    expect(() => read(...args)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
  });

  it('suggest the nearest algorithm', () => {
    expect(() => read('--alg', 'ES265')).toThrow('"ES256"');
  });
});

describe('the flags of a token that is given', () => {
  it('say where it is, and where its keys are', () => {
    const flags = ['--from', '-', '--defect', 'signature/none', '--jwks', 'k.json'];
    expect(read(...flags)).toMatchObject({ from: { token: '-', jwks: 'k.json' } });
  });

  it.each([
    [['--from', '-'], 'needs a --defect'],
    [['--jwks', 'k.json'], 'about a token that is given'],
    [['--from', '-', '--defect', 'a/b', '--scope', 'x'], '--scope <scopes> says what is in a new'],
    [['--from', '-', '--defect', 'a/b', '-n', '2'], '-n <count> says what is in a new'],
    [['--defect', 'a/b', '--callback', 'file:///x'], 'not an http or https address'],
  ])('%j are refused', (flags, message) => {
    expect(() => read(...flags)).toThrow(
      expect.objectContaining({
        code: 'USAGE_INVALID',
        message: expect.stringContaining(message),
      }),
    );
  });
});
