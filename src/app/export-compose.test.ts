import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectOf } from '../runtime/sandbox/docker/project.ts';
import type { Context } from './context.ts';
import { exportCompose, type ExportInput } from './export-compose.ts';
import { tokenBench, type TokenBench } from './tokens.fixture.ts';

const CONFIG = `name: bank
identity:
  clients:
    shop: { scopes: [ledger:post] }
    a-b: { scopes: [] }
    a.b: { scopes: [] }
services:
  ledger: { path: services/ledger, env: { API_KEY: "key-\${BANK_KEY}" } }
  worker: { path: services/worker, command: "./run --pass \${BANK_PASS}" }
`;
const VALUES = { BANK_KEY: 'k3y-of-the-bank', BANK_PASS: 'p4ss-of-the-bank' };
const INPUT: ExportInput = { out: undefined, imagePrefix: undefined, force: false, dryRun: false };

let bench: TokenBench;
let context: Context;
let cwd: string;
beforeEach(() => {
  bench = tokenBench(CONFIG);
  ({ cwd } = bench.context);
  const program = join(bench.folder, 'program');
  const self = { node: process.execPath, entry: join(program, 'bin/fintech.js') };
  context = { ...bench.context, self, environment: { ...bench.context.environment, ...VALUES } };
  write(program, 'bin/fintech.js', 'the entry');
  write(program, 'dist/main.js', 'the program');
  write(program, 'package.json', '{}');
  write(cwd, 'services/ledger/Dockerfile', 'FROM node:24-slim\nUSER node\n');
  write(cwd, 'services/worker/run', '');
});
afterEach(() => bench[Symbol.dispose]());

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const read = (path: string) => readFileSync(join(cwd, 'deploy/compose', path), 'utf8');
const run = async (input: Partial<ExportInput> = {}) =>
  (await exportCompose(context, { ...INPUT, ...input })).data;
const actions = (files: { path: string; action: string }[]) =>
  files.map(({ path, action }) => `${action} ${path}`);
const failing = (code: string, text = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as Error;

describe('what is written', () => {
  it('is named with what to run next, and is the same the second time', async () => {
    const first = await run();
    expect(first).toMatchObject({
      folder: join(cwd, 'deploy/compose'),
      project: 'bank-compose',
      services: [
        { name: 'ledger', source: 'dockerfile' },
        { name: 'worker', source: 'folder' },
      ],
      next: ['cd deploy/compose', 'docker compose up -d --build'],
    });
    expect(actions(first.files)).toEqual([
      'create compose.yaml',
      'create image/Dockerfile',
      'create image/fintech.tar',
      'create .gitignore',
      'create .env.example',
      'create .env',
    ]);
    const again = await run();
    expect(new Set(again.files.map(({ action }) => action))).toEqual(new Set(['unchanged']));
  });

  it('holds each secret in .env alone, which nobody else may read', async () => {
    const { files } = await run();
    const secrets = [...read('.env').matchAll(/^CLIENT_SECRET_\w+=(.+)$/gm)].map(
      ([, text]) => text,
    );
    const keys = readFileSync(join(cwd, '.fintech/keys/ES256.jwk.json'), 'utf8');
    const { d: privateKey } = JSON.parse(keys) as { d: string };
    expect(secrets).toHaveLength(5);
    expect(new Set(secrets).size).toBe(5);
    for (const secret of [...secrets, privateKey, ...Object.values(VALUES)]) {
      const holders = files
        .map(({ path }) => path)
        .filter((path) => read(path).includes(secret ?? ''));
      expect(holders).toEqual(secrets.includes(secret) ? ['.env'] : []);
    }
    expect(statSync(join(cwd, 'deploy/compose/.env')).mode & 0o777).toBe(0o600);
  });

  it('refers to secrets and to what services take from the environment', async () => {
    await run();
    const compose = read('compose.yaml');
    expect(compose).toContain('API_KEY: key-${BANK_KEY?');
    expect(compose).toContain('./run --pass ${BANK_PASS?');
    expect(compose).toContain('"clientId":"shop","secret":"${CLIENT_SECRET_SHOP:?');
    expect(read('.env.example')).toMatch(/^COMPOSE_PROJECT_NAME=bank-compose$/m);
    for (const name of ['SHOP', 'LEDGER', 'A_B', 'A_B_2']) {
      expect(read('.env.example')).toContain(`\nCLIENT_SECRET_${name}=\n`);
      expect(compose).toContain(`\${CLIENT_SECRET_${name}:?`);
    }
    expect(read('.env.example')).toContain('# BANK_KEY=\n# BANK_PASS=\n');
  });

  it('is kept by git but for the secrets, whatever the repository ignores', async () => {
    write(cwd, '.gitignore', '*.tar\n.env*\nimage/\n');
    await run();
    await execa('git', ['init', '-q'], { cwd });
    const { stdout } = await execa('git', ['ls-files', '-o', '--exclude-standard', 'deploy'], {
      cwd,
    });
    expect(stdout.split('\n').toSorted()).toEqual(
      ['.env.example', '.gitignore', 'compose.yaml', 'image/Dockerfile', 'image/fintech.tar'].map(
        (path) => `deploy/compose/${path}`,
      ),
    );
  });

  it('has names that no sandbox has', async () => {
    const { project } = await run();
    const sandbox = projectOf({ name: 'bank', root: cwd, stateFolder: join(cwd, '.fintech') });
    expect(sandbox.id).toMatch(/^bank-[0-9a-f]{8}$/);
    expect(project).not.toMatch(/^bank-[0-9a-f]{8}$/);
  });

  it('stands on the base image and the image prefix that are named', async () => {
    write(cwd, 'fintech.yaml', `${CONFIG}sandbox: { images: { node: mirror.example/node:24 } }\n`);
    await run({ imagePrefix: 'registry.example:5000/acme/' });
    expect(read('image/Dockerfile')).toMatch(/^FROM mirror\.example\/node:24$/m);
    expect(read('compose.yaml')).toContain(
      'image: registry.example:5000/acme/bank-fintech:0.0.0\n',
    );
    expect(read('compose.yaml')).toContain('image: registry.example:5000/acme/bank-ledger\n');
  });

  it('goes where --out says, and finds the workspace from there', async () => {
    const out = join(bench.folder, 'elsewhere');
    const { folder } = await run({ out });
    expect(folder).toBe(out);
    expect(readFileSync(join(out, 'compose.yaml'), 'utf8')).toContain('context: ../work\n');
  });

  it('takes fixed ports, and usual ones whatever the sandbox had moved to', async () => {
    write(cwd, '.fintech/ports.json', '{"gateway":8090,"identity":9090}');
    write(cwd, 'fintech.yaml', `${CONFIG}sandbox: { ports: { identity: 9999 } }\n`);
    await run();
    expect(read('compose.yaml')).toContain('- 127.0.0.1:8080:8080\n');
    expect(read('compose.yaml')).toContain('- 127.0.0.1:9999:9080\n');
    expect(read('compose.yaml')).toContain('FINTECH_ISSUER: http://127.0.0.1:9999\n');
  });
});

describe('files that are there', () => {
  it('are never replaced without --force', async () => {
    await run();
    write(cwd, 'deploy/compose/compose.yaml', 'mine');
    await expect(run()).rejects.toThrow(failing('SCAFFOLD_CONFLICT', '  compose.yaml'));
    expect(read('compose.yaml')).toBe('mine');
    const { files } = await run({ force: true });
    expect(actions(files)).toContain('update compose.yaml');
    expect(read('compose.yaml')).toContain('services:');
  });

  it('keep settings of their own: to .env only what is missing is added', async () => {
    const own = 'BANK_KEY=mine\nCLIENT_SECRET_SHOP=chosen';
    write(cwd, 'deploy/compose/.env', own);
    const { files } = await run({ force: true });
    expect(actions(files)).toContain('update .env');
    expect(read('.env')).toMatch(
      /^BANK_KEY=mine\nCLIENT_SECRET_SHOP=chosen\nCOMPOSE_PROJECT_NAME=/,
    );
    expect(read('.env').match(/CLIENT_SECRET_SHOP=/g)).toHaveLength(1);
    expect(read('.env')).toMatch(/^CLIENT_SECRET_LEDGER=sandbox_/m);
  });

  it('stay as they are with --dry-run, and nothing is made', async () => {
    const { files, dryRun } = await run({ dryRun: true });
    expect(dryRun).toBe(true);
    expect(actions(files)).toContain('create compose.yaml');
    expect(existsSync(join(cwd, 'deploy'))).toBe(false);
  });

  it('are not written through a link', async () => {
    mkdirSync(join(cwd, 'deploy/compose'), { recursive: true });
    symlinkSync(join(bench.folder, 'outside'), join(cwd, 'deploy/compose/compose.yaml'));
    await expect(run({ force: true })).rejects.toThrow(failing('SCAFFOLD_CONFLICT'));
    expect(existsSync(join(bench.folder, 'outside'))).toBe(false);
  });
});

describe('what cannot be exported', () => {
  it.each(['.', '..', '.fintech/export', 'node_modules/x', '.git'])(
    'goes not to %s',
    async (out) => {
      await expect(run({ out })).rejects.toThrow(failing('USAGE_INVALID', '--out'));
    },
  );

  it('is what has no place: a file stands where the folder should be', async () => {
    write(cwd, 'taken', '');
    await expect(run({ out: 'taken/compose' })).rejects.toThrow(failing('SCAFFOLD_UNWRITABLE'));
  });

  it.each(['registry.example/Acme', 'a b', 'https://registry.example', ''])(
    'has no image prefix like "%s"',
    async (imagePrefix) => {
      await expect(run({ imagePrefix })).rejects.toThrow(failing('USAGE_INVALID', 'image-prefix'));
    },
  );

  it('is no workspace', async () => {
    const outside = { ...context, cwd: bench.folder };
    await expect(exportCompose(outside, INPUT)).rejects.toThrow(failing('CONFIG_NOT_FOUND'));
  });

  it('is a fintech that was not built', async () => {
    const self = { node: process.execPath, entry: join(cwd, 'bin/fintech.js') };
    await expect(exportCompose({ ...context, self }, INPUT)).rejects.toThrow(
      failing('SANDBOX_IMAGE_UNAVAILABLE', 'not built'),
    );
  });

  it('is a mounted service whose packages are missing', async () => {
    write(cwd, 'services/worker/package.json', '{"dependencies":{"undici":"8"}}');
    await expect(run()).rejects.toThrow(failing('SANDBOX_PACKAGES_MISSING', 'worker'));
  });
});

describe('what is not carried', () => {
  const about = async (word: string) =>
    (await run()).notCarried.filter(({ what }) => what.includes(word));

  it('is told with why and what to do, each once', async () => {
    const { notCarried } = await run();
    expect(new Set(notCarried.map(({ what }) => what)).size).toBe(notCarried.length);
    for (const { what, why, instead } of notCarried) {
      expect([what, why, instead].filter((text) => text.trim() === '')).toEqual([]);
    }
    for (const word of ['token mint', 'events', 'ports', 'verify', 'replica', 'restart on']) {
      expect(await about(word), word).not.toEqual([]);
    }
  });

  it('names variables, mounted services and services that run elsewhere, where there are any', async () => {
    expect(await about('values of BANK_KEY, BANK_PASS')).toHaveLength(1);
    expect(await about('image of worker')).toHaveLength(1);
    write(
      cwd,
      'fintech.yaml',
      'name: bank\nservices: { core: { external: "http://localhost:7" } }\n',
    );
    const { notCarried } = await run({ force: true });
    const lost = notCarried.find(({ what }) => what.startsWith('core'));
    expect(lost?.why).toContain('http://host.docker.internal:7');
    expect(await about('values of')).toEqual([]);
    expect(await about('restart on')).toEqual([]);
  });

  it('names what a Dockerfile decides instead: command, probe and user', async () => {
    write(cwd, 'services/worker/Dockerfile', 'FROM a AS b\nUSER c\nFROM d\nUSER 0:0\n');
    for (const word of ['the command of', 'the health check of', 'a user without rights for']) {
      expect(await about(`${word} worker`), word).toHaveLength(1);
      expect(await about(`${word} ledger`), word).toEqual([]);
    }
  });

  it('is a build context without private keys, until there is a .dockerignore', async () => {
    await run();
    expect(bench.warnings).toEqual([expect.stringContaining('.dockerignore')]);
    write(cwd, '.dockerignore', '.fintech\n');
    await run();
    expect(bench.warnings).toHaveLength(1);
  });
});
