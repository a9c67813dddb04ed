import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { projectOf } from '../../src/runtime/sandbox/docker/project.ts';
import {
  describeWithDocker,
  removeProject,
} from '../../src/runtime/sandbox/testing/docker-engine.ts';
import { fintech, fintechJson, linkOurPackages, temporaryFolder } from '../cli/program.ts';

const NO_ENGINE = { DOCKER_HOST: 'unix:///nowhere.sock' };

let folder: ReturnType<typeof temporaryFolder>;
let cwd: string;
let project: string;
let urls: Record<string, string>;

async function mint(
  algorithm: string,
  environment: Record<string, string> = {},
): Promise<{ token: string; stderr: string; exitCode: number | undefined }> {
  const args = ['token', 'mint', '--persona', 'auditor', '--scope', 'ledger:read'];
  const ended = await fintech([...args, '--alg', algorithm], { cwd, env: environment });
  return { ...ended, token: ended.stdout.trim() };
}

/** What the gateway and the service behind it answer to a token. */
async function statusWith(token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await request(`${urls['FINTECH_GATEWAY_URL']}/v1/ledger/accounts/nobody`, {
    headers,
  });
  await answer.body.dump();
  return answer.statusCode;
}

async function publishedAlgorithms(): Promise<string[]> {
  const { body } = await request(urls['FINTECH_JWKS_URL'] ?? '');
  const { keys } = (await body.json()) as { keys: { alg: string }[] };
  return keys.map(({ alg }) => alg).sort();
}

async function demandAcceptance(token: string): Promise<void> {
  const status = await statusWith(token);
  // The service knows no such account, and says so to whom it lets in.
  if (status !== 404) throw new Error(`the token was answered with ${status}`);
}

describeWithDocker('a key made while the sandbox runs in Docker', () => {
  beforeAll(async () => {
    folder = temporaryFolder();
    await fintech(['init', 'bank', '--services', 'ledger', '--yes'], { cwd: folder.path });
    cwd = join(folder.path, 'bank');
    linkOurPackages(cwd);
    project = projectOf({ name: 'bank', root: cwd, stateFolder: join(cwd, '.fintech') }).id;
    const { exitCode, stderr } = await fintech(['up', '--driver', 'docker', '--detach'], { cwd });
    if (exitCode !== 0) throw new Error(stderr);
    const { data } = await fintechJson<Record<string, string>>(['env'], { cwd });
    urls = data;
  });
  afterAll(async () => {
    await fintech(['down', '--volumes', '--yes'], { cwd });
    await removeProject(project);
    folder[Symbol.dispose]();
  });

  it('signs a token that gateway and service accept within a second', async () => {
    const { token, exitCode, stderr } = await mint('RS256');
    expect([exitCode, stderr]).toEqual([0, '']);
    await vi.waitFor(() => demandAcceptance(token), { timeout: 1000, interval: 20 });
  });

  it('is published once minting returns, beside those from before', async () => {
    const before = await publishedAlgorithms();
    expect(before).not.toContain('PS256');
    expect((await mint('PS256')).stderr).toBe('');
    expect(await publishedAlgorithms()).toEqual([...before, 'PS256'].sort());
  });

  it('is handed over once: where it is there, minting asks no engine', async () => {
    const { token, stderr } = await mint('RS256', NO_ENGINE);
    expect(stderr).toBe('');
    await demandAcceptance(token);
  });

  it('signs its token also where the engine cannot be reached; the warning says what mends it', async () => {
    rmSync(join(cwd, '.fintech/keys/EdDSA.jwk.json'));
    const { token, exitCode, stderr } = await mint('EdDSA', NO_ENGINE);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('unix:///nowhere.sock');
    expect(stderr).toContain('`fintech down` and `fintech up` give it every key');
    expect(await statusWith(token)).toBe(401);
    await fintech(['down'], { cwd });
    await fintech(['up', '--driver', 'docker', '--detach'], { cwd });
    await demandAcceptance(token);
  });
});
