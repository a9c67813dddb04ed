import { describe, expect, it } from 'vitest';
import { FintechError } from '../../../../kernel/errors.ts';
import { EngineGaveUpError } from './engine-progress.ts';
import { parseImageReference } from './image-reference.ts';
import { pullFailure } from './pull-failure.ts';

const reference = parseImageReference('mirror.example/node:24');
const failure = (words: string, withoutPull = true) =>
  pullFailure(new EngineGaveUpError(words), { reference, withoutPull });

/** As engines say it. */
const WORDS: readonly (readonly [string, RegExp, RegExp])[] = [
  [
    "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    /no such image, or it needs a login/,
    /docker login mirror\.example/,
  ],
  [
    'Head "https://m/v2/x/manifests/1": no basic auth credentials',
    /does not accept the credentials, or wants some/,
    /docker login/,
  ],
  ['manifest for x:1 not found: manifest unknown: manifest unknown', /has no such image/, /name/],
  ['toomanyrequests: You have reached your pull rate limit', /no more pulls/, /mirror/],
  [
    'no matching manifest for linux/s390x in the manifest list entries',
    /processors/,
    /this one|processor/,
  ],
  ['Get "https://m/v2/": x509: certificate signed by unknown authority', /certificate/, /certs\.d/],
  [
    'Get "https://m/v2/": http: server gave HTTP response to HTTPS client',
    /speaks no TLS/,
    /insecure-registries/,
  ],
  ['dial tcp: lookup m on 10.0.0.1:53: no such host', /cannot be looked up/, /mirror\.example/],
  ['dial tcp 10.0.0.1:443: connect: connection refused', /nothing listens/, /mirror\.example/],
  [
    'net/http: request canceled while waiting for connection (Client.Timeout exceeded)',
    /out of reach/,
    /proxy/,
  ],
  ['write /var/lib/docker/tmp/x: no space left on device', /disk is full/, /room/],
];

describe('a failed pull', () => {
  it.each(WORDS)('explains: %s', (words, why, fix) => {
    const error = failure(words);
    expect(error.code).toBe('SANDBOX_IMAGE_UNAVAILABLE');
    expect(error.message).toMatch(/^mirror\.example\/node:24 cannot be pulled: /);
    expect(error.message).toMatch(why);
    expect(error.message).toContain(words);
    expect(error.hint).toMatch(fix);
  });

  it('passes on words it does not know', () => {
    expect(failure('the moon is full').message).toBe(
      'mirror.example/node:24 cannot be pulled: the moon is full',
    );
  });

  it("names this machine's Node as the way out where it would do, else a mirror or no Docker", () => {
    expect(failure('x').hint).toContain("this machine's own Node is used");
    expect(failure('x', false).hint).toContain('--driver embedded');
  });

  it('shows no control characters of a registry', () => {
    expect(failure('\u001b[2Jgone').message).toContain('\\u{1b}[2Jgone');
  });

  it("leaves a lost connection to the engine the engine's failure", () => {
    const lost = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    const error = pullFailure(lost, { reference, withoutPull: true });
    expect(error).toBeInstanceOf(FintechError);
    expect(error.code).toBe('SANDBOX_DRIVER_ABSENT');
  });
});
