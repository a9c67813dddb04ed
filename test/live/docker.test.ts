import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SandboxStatus } from '../../src/app/sandbox-status.ts';
import { validatorOf } from '../../src/kernel/schema.ts';
import {
  describeWithDocker,
  docker,
  leftovers,
} from '../../src/runtime/sandbox/testing/docker-engine.ts';
import { BankSession, describeBank } from '../cli/bank-session.ts';
import { bankWorkspace, cleanEnvironment, type Ended, ENTRY, ROOT } from '../cli/program.ts';
import { AUTO, DockerWorkspace } from './docker-workspace.ts';

const UNITS = ['registry', 'identity', 'events', 'gateway', 'ledger'];
const SOON = { timeout: 20_000, interval: 200 };

/** Prints the status of an answer of the gateway to a reader of accounts. */
const askFor = (gateway: string, token: string) =>
  `const { status } = await fetch('${gateway}/v1/ledger/accounts/bob',
     { headers: { authorization: 'Bearer ${token}' } });
   console.log(String(status));`;

const GET_TOKEN = `
  const { FINTECH_CLIENT_ID: id, FINTECH_CLIENT_SECRET: secret } = process.env;
  const answer = await fetch('http://identity:9080/token', {
    method: 'POST',
    headers: { authorization: 'Basic ' + btoa(id + ':' + secret) },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: 'urn:fintech:api' }),
  });
  console.log((await answer.json()).access_token);`;

describeWithDocker('a bank in Docker', () => {
  let bank: DockerWorkspace;
  let started: Ended;
  let session: BankSession;
  beforeAll(async () => {
    const made = await bankWorkspace();
    bank = new DockerWorkspace(made.root, () => made[Symbol.asyncDispose]());
    letLedgerReadAccounts(bank.root);
    started = await bank.run('up --driver docker --detach');
    if (started.exitCode !== 0) throw new Error(started.stderr);
    session = await BankSession.open(bank.root, AUTO);
  });
  afterAll(() => bank[Symbol.asyncDispose]());

  it('says who chose the driver, and what started', () => {
    expect(started.stderr).toContain('driver: docker (by --driver)');
    for (const unit of UNITS) expect(started.stderr).toContain(`ok ${unit}: http://127.0.0.1:`);
    expect(started.stdout).toContain('sandbox ready (docker)');
  });

  describeBank(() => session);

  const atGateway = async (token: string) => {
    const url = `${session.gateway}/v1/ledger/accounts/bob`;
    const answer = await request(url, { headers: { authorization: `Bearer ${token}` } });
    await answer.body.dump();
    return answer.statusCode;
  };

  describe('a token', () => {
    it('minted on this machine passes between containers', async () => {
      const token = await session.mint('auditor', 'ledger:read');
      expect(await bank.inside('ledger', askFor('http://gateway:8080', token))).toBe('200');
      expect(await bank.inside('ledger', askFor('http://gateway:8080', `${token}x`))).toBe('401');
    });

    it('got in a container passes on this machine', async () => {
      const token = await bank.inside('ledger', GET_TOKEN);
      expect(await atGateway(token)).toBe(200);
      expect(await session.run('token', 'verify', token)).toMatchObject({ exitCode: 0 });
    });

    it('got on this machine passes between containers', async () => {
      const token = (await bank.run('token get --client ledger')).stdout.trim();
      expect(await atGateway(token)).toBe(200);
      expect(await bank.inside('ledger', askFor('http://gateway:8080', token))).toBe('200');
    });
  });

  it('answers status, and up once more, in the published shape and by containers of its project', async () => {
    for (const verb of ['status', 'up']) {
      const file = join(ROOT, 'schema', `${verb}.schema.json`);
      const validate = validatorOf(JSON.parse(readFileSync(file, 'utf8')) as object);
      const { data, exitCode } = await bank.json<SandboxStatus>(verb);
      expect(exitCode).toBe(0);
      expect(validate(data)).toMatchObject({ ok: true });
      expect(data).toMatchObject({ driver: 'docker', state: 'ready' });
      expect(data.units.map(({ container }) => container)).toEqual(
        UNITS.map((unit) => bank.containerName(unit)),
      );
    }
    const { stdout } = await bank.run('status');
    expect(stdout).toContain(bank.containerName('ledger'));
  });

  it('restarts and logs one unit', async () => {
    const pid = async () => (await bank.json<SandboxStatus>('status')).data.units.at(-1)?.pid;
    const before = await pid();
    expect(await bank.run('restart ledger')).toMatchObject({ exitCode: 0 });
    expect(await pid()).not.toBe(before);
    expect((await bank.json('restart ledgr')).error?.code).toBe('SANDBOX_UNIT_UNKNOWN');
    const { stdout } = await bank.run('logs ledger -n 3 --json');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { unit: string }).unit)).toEqual(
      Array.from({ length: 3 }, () => 'ledger'),
    );
  });

  it('serves by a service that is run by hand on this machine in place of its container', async () => {
    await docker.getContainer(bank.containerName('ledger')).stop();
    const { data, error } = await bank.json<SandboxStatus>('status');
    expect(data.units.at(-1)).toMatchObject({ state: 'stopped', why: 'stopped by hand' });
    expect(error?.hint).toContain('fintech up');

    const token = await session.mint('auditor', 'ledger:read');
    await vi.waitFor(async () => expect(await atGateway(token)).toBe(503), SOON);
    const command = ['exec', '--service', 'ledger', '--', process.execPath];
    const byHand = execa(process.execPath, [ENTRY, ...command, 'services/ledger/src/main.ts'], {
      cwd: bank.root,
      env: { ...cleanEnvironment(), ...AUTO },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    try {
      await vi.waitFor(async () => expect(await atGateway(token)).toBe(200), SOON);
    } finally {
      byHand.kill('SIGTERM');
    }
    expect((await byHand).stdout).not.toContain('http://0.0.0.0');
    expect(await bank.run('up')).toMatchObject({ exitCode: 0 });
    expect(await atGateway(token)).toBe(200);
  });

  it('says what is left when all was stopped behind its back, and leaves nothing after down', async () => {
    await Promise.all(UNITS.map((unit) => docker.getContainer(bank.containerName(unit)).kill()));
    const { data, error, exitCode } = await bank.json<SandboxStatus>('status');
    expect(data).toMatchObject({ driver: 'docker', state: 'stopped' });
    expect(data.units.map(({ name, state }) => [name, state])).toEqual(
      UNITS.map((unit) => [unit, 'stopped']),
    );
    expect([exitCode, error?.code]).toEqual([5, 'SANDBOX_NOT_RUNNING']);
    expect(error?.message).toContain('its units were stopped');

    const { project } = bank;
    expect(await bank.run('down --volumes')).toMatchObject({ exitCode: 2 });
    expect(await leftovers(project)).not.toEqual([]);
    expect(await bank.run('down --volumes --yes')).toMatchObject({ exitCode: 0 });
    expect(await leftovers(project)).toEqual([]);
  });
});

/** So that its tokens have something to open at the gateway. */
function letLedgerReadAccounts(root: string): void {
  const file = join(root, 'fintech.yaml');
  const before = readFileSync(file, 'utf8');
  const after = before.replace('events:append, events:read', '$&, ledger:read');
  expect(after).not.toBe(before);
  writeFileSync(file, after);
}
