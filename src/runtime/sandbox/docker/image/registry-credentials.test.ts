import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialsFor } from './registry-credentials.ts';

let folder: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fintech-credentials-'));
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const find = (registry: string, signal = new AbortController().signal) =>
  credentialsFor(registry, {
    environment: { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env['PATH']}` },
    homeFolder: '/nowhere',
    signal,
    warn: (message) => warnings.push(message),
  });
const configure = (config: unknown) =>
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
const auth = (text: string) => Buffer.from(text).toString('base64');

/** A credential helper is any program of this name: it is told the registry, and prints JSON. */
function installHelper(name: string, script: string): void {
  const file = join(folder, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\nread registry\n${script}\n`);
  chmodSync(file, 0o755);
}

describe("credentials of Docker's config.json", () => {
  it('are none without the file, or without an entry', async () => {
    expect(await find('mirror.example')).toBeUndefined();
    configure({ auths: { 'other.example': { auth: auth('a:b') } } });
    expect(await find('mirror.example')).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('are the name and password of the registry, colons in the password included', async () => {
    configure({ auths: { 'mirror.example:5000': { auth: auth('ann:pass:word') } } });
    expect(await find('mirror.example:5000')).toEqual({
      username: 'ann',
      password: 'pass:word',
      serveraddress: 'mirror.example:5000',
    });
  });

  it.each(['https://index.docker.io/v1/', 'index.docker.io'])(
    "are Docker Hub's under %s",
    async (key) => {
      configure({ auths: { [key]: { auth: auth('ann:x') } } });
      expect(await find('docker.io')).toMatchObject({ username: 'ann' });
    },
  );

  it('are found under a key with a scheme and a path', async () => {
    configure({ auths: { 'https://mirror.example/v1/': { auth: auth('ann:x') } } });
    expect(await find('mirror.example')).toMatchObject({ username: 'ann', password: 'x' });
  });

  it('are an identity token where a login left one', async () => {
    configure({ auths: { 'mirror.example': { auth: auth('u:'), identitytoken: 'tok' } } });
    expect(await find('mirror.example')).toEqual({
      identitytoken: 'tok',
      serveraddress: 'mirror.example',
    });
  });

  it('are in ~/.docker without DOCKER_CONFIG', async () => {
    mkdirSync(join(folder, '.docker'));
    const config = { auths: { 'mirror.example': { auth: auth('ann:x') } } };
    writeFileSync(join(folder, '.docker/config.json'), JSON.stringify(config));
    const warn = (message: string) => warnings.push(message);
    const signal = new AbortController().signal;
    const source = { environment: {}, homeFolder: folder, signal, warn };
    expect(await credentialsFor('mirror.example', source)).toMatchObject({ username: 'ann' });
    expect(warnings).toEqual([]);
  });

  it.each(['{', '[', '7', '"x"'])('are warned of when the file is %s', async (text) => {
    writeFileSync(join(folder, 'config.json'), text);
    expect(await find('mirror.example')).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('config.json is no JSON object')]);
  });

  it('are warned of when an entry is damaged, without showing it', async () => {
    configure({ auths: { 'mirror.example': { auth: auth('secret') } } });
    expect(await find('mirror.example')).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('damaged')]);
    expect(warnings.join()).not.toContain('secret');
  });
});

describe('credentials of a helper', () => {
  it('are asked for by the name of the registry', async () => {
    installHelper('keys', `echo "{\\"Username\\":\\"$registry\\",\\"Secret\\":\\"s\\"}"`);
    configure({ credsStore: 'keys' });
    expect(await find('mirror.example')).toEqual({
      username: 'mirror.example',
      password: 's',
      serveraddress: 'mirror.example',
    });
    expect(await find('docker.io')).toMatchObject({ username: 'https://index.docker.io/v1/' });
  });

  it("are those of the registry's own helper before the general one", async () => {
    installHelper('keys', 'exit 1');
    installHelper('bank', `echo '{"Username":"<token>","Secret":"tok"}'`);
    configure({ credsStore: 'keys', credHelpers: { 'mirror.example': 'bank' } });
    expect(await find('mirror.example')).toEqual({
      identitytoken: 'tok',
      serveraddress: 'mirror.example',
    });
  });

  it('are those of the file where the helper knows none', async () => {
    installHelper('keys', 'echo credentials not found in native keychain; exit 1');
    configure({ credsStore: 'keys', auths: { 'mirror.example': { auth: auth('ann:x') } } });
    expect(await find('mirror.example')).toMatchObject({ username: 'ann' });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['is not installed', undefined, 'docker-credential-keys is not installed'],
    ['fails', 'echo locked >&2; exit 3', 'docker-credential-keys failed: locked'],
    ['answers wrongly', 'echo secret', 'docker-credential-keys gave no user name and secret'],
    ['answers without end', 'exec yes secret', 'docker-credential-keys failed'],
  ])('are gone without, and a warning says so, when it %s', async (_, script, warning) => {
    if (script !== undefined) installHelper('keys', script);
    configure({ credsStore: 'keys' });
    expect(await find('mirror.example')).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining(warning)]);
    expect(warnings.join()).not.toContain('secret\n');
  });

  it('are not asked of a program elsewhere', async () => {
    configure({ credsStore: '../x' });
    expect(await find('mirror.example')).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('"../x" is no credential helper')]);
  });

  it('are no longer waited for after an interruption', async () => {
    installHelper('keys', 'exec sleep 60');
    configure({ credsStore: 'keys' });
    const interrupt = new AbortController();
    const finding = find('mirror.example', interrupt.signal);
    interrupt.abort(new Error('interrupted'));
    await expect(finding).rejects.toThrow('interrupted');
  });
});
