import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOLES, type MatrixReport } from '../../src/model/matrix-report.ts';
import { SMALL_SERVICE } from '../../src/runtime/sandbox/testing/sandbox-fixture.ts';
import {
  cleanEnvironment,
  ENTRY,
  fintech,
  fintechJson,
  temporaryFolder,
  write,
} from './program.ts';

const CONFIG = `
name: acme
identity:
  personas: { customer: { sub: usr_customer, scopes: [tills:open] } }
gateway:
  routes: [ { path: /v1/tills, methods: [GET, POST], service: teller, scopes: [tills:open] } ]
services: { teller: { path: teller } }
`;

let folder: ReturnType<typeof temporaryFolder>;
let cwd: string;
beforeAll(() => {
  folder = temporaryFolder();
  cwd = folder.path;
  write(join(cwd, 'fintech.yaml'), CONFIG);
  write(join(cwd, 'teller/src/main.ts'), SMALL_SERVICE);
});
afterAll(async () => {
  await fintech(['down'], { cwd });
  folder[Symbol.dispose]();
});

describe("token matrix at the sandbox's gateway", () => {
  it('finds every defect refused and every twin accepted', async () => {
    await fintech(['up', '--detach'], { cwd });
    const { data: env } = await fintechJson<Record<string, string>>(['env'], { cwd });
    const target = `${env['FINTECH_GATEWAY_URL']}/v1/tills`;
    const { data, exitCode } = await fintechJson<MatrixReport>(
      ['token', 'matrix', '--target', target, '--has', 'dpop'],
      { cwd },
    );
    const shots = data.targets.flatMap((one) => one.shots);
    const other = shots.filter(
      ({ outcome }) => !['refused', 'accepted', 'not-run'].includes(outcome),
    );
    expect(other).toEqual([]);
    expect([exitCode, data.verdict]).toEqual([0, 'tight']);
    const twins = shots.filter(({ class: row }) => row === 'good');
    expect(twins.map(({ outcome }) => outcome)).toEqual(twins.map(() => 'accepted'));
    expect(twins.map(({ id }) => id)).toEqual(expect.arrayContaining(['good', 'good/dpop']));
    const idle = shots.filter(({ outcome }) => outcome === 'not-run');
    expect(idle.filter(({ explanation }) => !explanation.startsWith('Not run: needs '))).toEqual(
      [],
    );
    expect(shots.filter(({ outcome }) => outcome === 'refused').length).toBeGreaterThan(50);
  });
});

describe('token matrix at an API that decodes tokens without verifying them', () => {
  let lax: Server;
  let target: string;
  beforeAll(async () => {
    lax = createServer((request, response) => {
      const [, payload = ''] = (request.headers.authorization ?? '').split('.');
      response.statusCode = payload === '' ? 401 : 200;
      response.end('{}');
    });
    await new Promise<void>((resolve) => void lax.listen(0, '127.0.0.1', () => resolve()));
    target = `http://127.0.0.1:${(lax.address() as AddressInfo).port}/accounts`;
  });
  afterAll(() => void lax.close());

  it('ends 3 and names each hole, in every report', async () => {
    const files = ['json', 'junit', 'markdown', 'sarif'];
    const { stdout, exitCode } = await fintech(
      [
        'token',
        'matrix',
        '--target',
        target,
        ...files.flatMap((name) => ['--reporter', `${name}=${name}.out`]),
      ],
      { cwd },
    );
    expect(exitCode).toBe(3);
    const { data } = await fintechJson<MatrixReport>(['token', 'matrix', '--target', target], {
      cwd,
    });
    const holes = data.targets.flatMap(({ shots }) =>
      shots.filter(({ outcome }) => HOLES.has(outcome)),
    );
    expect(holes.map(({ id }) => id)).toContain('signature/none');
    expect(holes.length).toBeGreaterThan(15);
    const written = await Promise.all(
      files.map(async (name) => (await execa('cat', [`${name}.out`], { cwd })).stdout),
    );
    for (const text of [stdout, ...written]) {
      for (const { id } of holes) expect(text).toContain(id);
      // Three segments of a token, or one that is long.
      expect(text).not.toMatch(/eyJ[\w-]{10,}/);
    }
  });

  it('stopped half-way, tells what it had by then and ends 130', async () => {
    let asked = 0;
    const fourth = new Promise<void>((resolve) => {
      lax.on('request', () => (++asked === 4 ? resolve() : undefined));
    });
    const running = execa(
      process.execPath,
      [ENTRY, 'token', 'matrix', '--target', target, '--rate', '10', '--json'],
      { cwd, env: cleanEnvironment(), extendEnv: false, reject: false, stdin: 'ignore' },
    );
    await fourth;
    running.kill('SIGINT');
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(130);
    const { data, error } = JSON.parse(stdout) as {
      data: MatrixReport;
      error: { code: string };
    };
    expect([error.code, data.interrupted]).toEqual(['INTERRUPTED', true]);
    const shots = data.targets.flatMap((one) => one.shots);
    expect(shots[0]?.outcome).toBe('accepted');
    expect(shots.at(-1)?.explanation).toBe('Not run: the run was interrupted.');
  });
});
