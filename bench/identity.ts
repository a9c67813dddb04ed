/**
 * Minting against bare Node and bare signatures, and the issuer on its own: time to ready, tokens per
 * second, memory. One run; medians and ratios. Run `npm run build` first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { systemRandom } from '../src/kernel/random.ts';
import { systemClock } from '../src/kernel/time.ts';
import type { SigningAlgorithm, TokenRequest } from '../src/model/token-request.ts';
import { createMinter, type KeyStore, openKeys } from '../src/runtime/identity/public.ts';
import { median, timeOf } from './whole-process.ts';

const RUNS = Number(process.env['BENCH_RUNS'] ?? 9);
const TOKENS = 10_000;
const ENTRY = join(import.meta.dirname, '../bin/fintech.js');
const PORT = 19_080;
const ISSUER = `http://127.0.0.1:${PORT}`;
const folder = mkdtempSync(join(tmpdir(), 'fintech-bench-'));
const environment = { ...process.env, FINTECH_KEYS: join(folder, 'keys') };

try {
  const keys = openKeys(environment.FINTECH_KEYS, systemRandom, systemClock);
  coldMint();
  for (const algorithm of ['ES256', 'EdDSA', 'PS256'] as const) manyTokens(algorithm, keys);
  await issuer();
} finally {
  rmSync(folder, { recursive: true });
}

function coldMint(): void {
  process.env['FINTECH_KEYS'] = environment.FINTECH_KEYS;
  const bare: number[] = [];
  const mint: number[] = [];
  for (let round = 0; round <= RUNS; round++) {
    const times = [
      timeOf(['-e', '0'], folder),
      timeOf([ENTRY, 'token', 'mint', '--persona', 'customer'], folder),
    ];
    if (round === 0) continue;
    bare.push(times[0] ?? 0);
    mint.push(times[1] ?? 0);
  }
  const ratio = (median(mint) / median(bare)).toFixed(2);
  console.log(
    `cold token mint, ${RUNS} rounds: ${median(mint).toFixed(0)} ms, ${ratio} x bare node`,
  );
}

/** How much of the speed of the signature alone is left to whole tokens, on one thread. */
function manyTokens(algorithm: SigningAlgorithm, keys: KeyStore): void {
  const request: TokenRequest = {
    issuer: ISSUER,
    subject: 'usr_customer',
    clientId: 'fintech-cli',
    audience: 'api',
    scopes: ['payments:read', 'payments:write'],
    issuedAtMs: Date.now(),
    lifetimeS: 300,
    algorithm,
    claims: {},
  };
  const { privateKey } = keys.signingKey(algorithm);
  const next = createMinter(request, { keys, random: systemRandom });
  const input = Buffer.from(next().token.replace(/\.[^.]*$/, ''));
  const [minted, signed]: [number[], number[]] = [[], []];
  const rounds = algorithm === 'PS256' ? 3 : 5;
  for (let round = 0; round <= rounds; round++) {
    const times = [timeOfMany(next), timeOfMany(() => signOnly(algorithm, input, privateKey))];
    if (round === 0) continue;
    minted.push(times[0] ?? 0);
    signed.push(times[1] ?? 0);
  }
  const share = ((100 * median(signed)) / median(minted)).toFixed(0);
  console.log(
    `${TOKENS} tokens ${algorithm}: ${median(minted).toFixed(0)} ms, crypto.sign alone ${median(signed).toFixed(0)} ms: ${share} % of its speed`,
  );
}

function timeOfMany(work: () => unknown): number {
  const startedMs = performance.now();
  for (let made = 0; made < TOKENS; made++) work();
  return performance.now() - startedMs;
}

function signOnly(algorithm: SigningAlgorithm, input: Buffer, key: KeyObject): Buffer {
  if (algorithm === 'EdDSA') return sign(null, input, key);
  if (algorithm === 'ES256') return sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
  return sign('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
}

/** The issuer in a process of its own, as a container runs it. */
async function issuer(): Promise<void> {
  const readyMs: number[] = [];
  for (let round = 0; round < 3; round++) {
    const startedMs = performance.now();
    const child = startIssuer(round);
    await untilReady();
    readyMs.push(performance.now() - startedMs);
    if (round === 2) await tokensPerSecond(child);
    await stop(child);
  }
  console.log(`issuer ready, whole process, median of 3: ${median(readyMs).toFixed(0)} ms`);
}

function startIssuer(round: number): ChildProcess {
  return spawn(process.execPath, [ENTRY, 'serve', 'identity'], {
    cwd: folder,
    stdio: 'ignore',
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(PORT),
      ADVERTISE_HOST: '127.0.0.1',
      ADVERTISE_PORT: String(PORT),
      PUBLISHED_PORT: String(PORT),
      // No registry: the issuer serves while it waits for one.
      CONSUL_HTTP_ADDR: 'http://127.0.0.1:9',
      DATA_DIR: join(folder, `identity-${round}`),
      KEYS_DIR: environment.FINTECH_KEYS,
      FINTECH_ISSUER: ISSUER,
      FINTECH_PERSONAS: '[]',
      FINTECH_CLIENTS: JSON.stringify([
        { clientId: 'teller', secret: 'bench-secret', scopes: ['tills:open'] },
      ]),
      FINTECH_SCOPES: JSON.stringify({ api: ['tills:open'], events: [], admin: [] }),
    },
  });
}

async function untilReady(): Promise<void> {
  for (;;) {
    const status = await fetch(`${ISSUER}/health/ready`).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function tokensPerSecond(child: ChildProcess): Promise<void> {
  const pool = new Pool(ISSUER, { connections: 16 });
  const before = residentMb(child);
  const one = () => askToken(pool);
  await inParallel(16, 200, one);
  const startedMs = performance.now();
  await inParallel(16, 3000, one);
  const rate = 3000 / ((performance.now() - startedMs) / 1000);
  await pool.close();
  console.log(
    `client credentials, 16 connections: ${rate.toFixed(0)} tokens/s; memory ${before.toFixed(0)} MB ready, ${residentMb(child).toFixed(0)} MB after`,
  );
}

async function askToken(pool: Pool): Promise<void> {
  const { statusCode, body } = await pool.request({
    path: '/token',
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('teller:bench-secret').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`the issuer answered ${statusCode}: ${text}`);
}

async function inParallel(width: number, count: number, work: () => Promise<void>): Promise<void> {
  let started = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (started++ < count) await work();
    }),
  );
}

/** Resident memory (Linux; NaN elsewhere). */
function residentMb({ pid }: ChildProcess): number {
  if (process.platform !== 'linux') return Number.NaN;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
