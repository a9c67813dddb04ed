import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithDocker, docker } from '../../src/runtime/sandbox/testing/docker-engine.ts';
import { fintech, ROOT } from '../cli/program.ts';
import { ComposeSystem, PARTS } from './compose-system.ts';

const READY = { timeout: 90_000, interval: 500 };

/** The commands of docs/export.md that bring the keys along. */
function commandsForKeys(): string {
  const page = readFileSync(join(ROOT, 'docs/export.md'), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block);
  const block = blocks.find((text) => text.includes('docker cp'));
  if (block === undefined) throw new Error('docs/export.md copies no keys');
  return block;
}

let system: ComposeSystem;

async function post(path: string, token: string, body: object): Promise<number> {
  const answer = await request(`${system.url('gateway')}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  });
  await answer.body.dump();
  return answer.statusCode;
}

/** Debits cash and credits alice. */
function deposit(amount: number): object {
  const posting = { amount, currency: 'EUR' };
  return {
    postings: [
      { accountId: 'cash', direction: 'debit', ...posting },
      { accountId: 'alice', direction: 'credit', ...posting },
    ],
  };
}

describeWithDocker('the export for Compose, built on a stand-in for node:24-slim', () => {
  beforeAll(async () => {
    system = await ComposeSystem.make(docker);
    await system.compose('up', '-d', '--build');
  }, 240_000);
  afterAll(() => system[Symbol.asyncDispose](), 120_000);

  it('gets every part healthy', async () => {
    await vi.waitFor(async () => {
      const states = (await system.containers()).map(({ Status }) => Status);
      expect(states).toHaveLength(PARTS.length);
      expect(states.filter((state) => !state.includes('(healthy)'))).toEqual([]);
    }, READY);
  });

  it('gives a container no rights, and publishes it on loopback alone', async () => {
    const containers = await system.containers();
    expect(containers).toHaveLength(PARTS.length);
    for (const { Id } of containers) {
      const { Config, HostConfig } = await docker.getContainer(Id).inspect();
      expect(Config.User).toMatch(/^(?:65532:65532|node)$/);
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], PidsLimit: 256 });
      expect(HostConfig.SecurityOpt).toEqual(['no-new-privileges:true']);
      expect(HostConfig.Memory).toBeGreaterThan(0);
      const bindings = Object.values(HostConfig.PortBindings as Record<string, unknown>);
      expect(bindings).toEqual([[{ HostIp: '127.0.0.1', HostPort: expect.any(String) as string }]]);
    }
  });

  it('lets a token of its issuer pay through its gateway, and refuses one of another scope', async () => {
    const token = await system.token('api', 'ledger:post');
    for (const account of [
      { accountId: 'cash', kind: 'asset' },
      { accountId: 'alice', kind: 'liability' },
    ]) {
      expect(await post('/v1/ledger/accounts', token, { ...account, currency: 'EUR' })).toBe(201);
    }
    expect(await post('/v1/ledger/transactions', token, deposit(10_000))).toBe(201);
    const reader = await system.token('api', 'ledger:read');
    expect(await post('/v1/ledger/transactions', reader, deposit(10_000))).toBe(403);
  });

  it('keeps a log that verify finds consistent', async () => {
    const { body } = await request(`${system.url('events')}/events`, {
      headers: {
        authorization: `Bearer ${await system.token('events', 'events:read')}`,
        accept: 'application/x-ndjson',
      },
    });
    const given = { cwd: system.root, input: await body.text(), env: { NOTES_GREETING: '' } };
    expect(await fintech(['verify', '-'], given)).toMatchObject({ exitCode: 0 });
  });

  it('runs a service without a Dockerfile from its folder, on values of the environment', async () => {
    const { body } = await request(system.url('notes'));
    expect(await body.text()).toBe('Say: good $morning');
  });

  it('keeps its data over down and up, and with the keys of the project takes minted tokens', async () => {
    await system.compose('down');
    await system.shell(commandsForKeys());
    const mint = ['token', 'mint', '--persona', 'auditor', '--scope', 'ledger:read'];
    const given = { cwd: system.root, env: { NOTES_GREETING: '' } };
    const token = (await fintech(mint, given)).stdout.trim();
    await vi.waitFor(async () => {
      const alice = `${system.url('gateway')}/v1/ledger/accounts/alice`;
      const headers = { authorization: `Bearer ${token}` };
      const { statusCode, body } = await request(alice, { headers });
      expect({ statusCode, text: await body.text() }).toMatchObject({
        statusCode: 200,
        text: expect.stringContaining('10000') as string,
      });
    }, READY);
  });

  it('leaves nothing after down -v', async () => {
    expect(await system.leftovers()).not.toEqual([]);
    await system.compose('down', '-v');
    expect(await system.leftovers()).toEqual([]);
  });
});
