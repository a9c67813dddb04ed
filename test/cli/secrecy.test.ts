import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, bankWorkspace, fintech, fintechJson, write } from './program.ts';

/** Texts that must be nowhere, by what they are. Failures name that, and never the text. */
const secrets = new Map<string, string>();
const outputs = new Map<string, string>();
let workspace: Awaited<ReturnType<typeof bankWorkspace>>;
let urls: Record<string, string>;

const run = async (args: string[], input?: string): Promise<Ended> => {
  const cwd = workspace.root;
  const ended = await fintech(args, { cwd, ...(input === undefined ? {} : { input }) });
  const words = args.map((word) => (word.length > 40 ? '…' : word)).join(' ');
  outputs.set(`fintech ${words}`, ended.stdout + ended.stderr);
  return ended;
};

/** What such a command prints is the credential; what it says beside that is looked at. */
const runForSecret = async (args: string[]): Promise<string> => {
  const { stdout, stderr } = await fintech(args, { cwd: workspace.root });
  outputs.set(`stderr of fintech ${args.join(' ')}`, stderr);
  return stdout.trim();
};

const keepToken = (name: string, token: string): string => {
  const [header = '', payload = '', signature = ''] = token.split('.');
  if (signature !== '') secrets.set(`the signature of ${name}`, signature);
  secrets.set(`the body of ${name}`, `${header}.${payload}`);
  return token;
};

const mint = async (name: string, ...args: string[]) =>
  keepToken(name, await runForSecret(['token', 'mint', '--persona', 'operator', ...args]));

/** Sends a credential somewhere, and keeps what comes back. */
async function send(
  name: string,
  url: string,
  options: NonNullable<Parameters<typeof request>[1]>,
): Promise<void> {
  const { statusCode, headers, body } = await request(url, options);
  outputs.set(name, `${statusCode} ${JSON.stringify(headers)} ${await body.text()}`);
}

beforeAll(async () => {
  workspace = await bankWorkspace();
  await run(['up', '--detach']);
  const { data } = await fintechJson<Record<string, string>>(['env', '--service', 'ledger'], {
    cwd: workspace.root,
  });
  urls = data;
  secrets.set('the client secret', data['FINTECH_CLIENT_SECRET'] ?? '');
  const exported = await runForSecret(['keys', 'export', '--private']);
  const { keys } = JSON.parse(exported) as { keys: Record<string, string>[] };
  for (const { kid, d, k } of keys) secrets.set(`the private key ${kid}`, d ?? k ?? '');
});
afterAll(() => workspace[Symbol.asyncDispose]());

describe('no key, token or client secret is in', () => {
  it('what commands say of tokens they are given', async () => {
    const good = await mint('a good token');
    const bad = await mint('an expired token', '--defect', 'claims/expired');
    const odd = keepToken('a broken token', `${good.slice(0, -30)}!`);
    for (const token of [good, bad, odd, `${good}.x.y`]) {
      for (const flags of [[], ['--json'], ['--explain', '--verbose']]) {
        await run(['token', 'verify', ...flags, token]);
        await run(['token', 'verify', ...flags], token);
      }
      await run(['token', 'inspect', token]);
      await run(['token', 'inspect', '--json', '--verbose'], token);
      await run(['token', 'get', '--client', token]);
      await run(['token', 'mint', '--persona', token]);
      await run(['token', 'mint', '--scope', token, '--json']);
      await run(['token', 'mint', '--defect', token, '--verbose']);
    }
    expect(leaks(outputs)).toEqual([]);
  });

  it('what commands say of keys they are given', async () => {
    const exported = await runForSecret(['keys', 'export', '--private']);
    const broken = exported.replace('"keys"', '"keys').slice(0, -10);
    write(join(workspace.root, 'private.json'), exported);
    write(join(workspace.root, 'broken.json'), broken);
    for (const file of ['private.json', 'broken.json']) {
      await run(['token', 'verify', '--jwks', file, '--json'], await mint('another token'));
      await run(['token', 'verify', '--jwks', file, '--verbose'], await mint('a further token'));
    }
    await run(['keys', 'import', 'broken.json', '--verbose']);
    await run(['keys', 'import', '-', '--json'], broken);
    await run(['keys', 'import', 'private.json', '--json']);
    await run(['keys', 'list', '--json']);
    await run(['keys', 'rotate', '--alg', 'EdDSA', '--json']);
    await run(['keys', 'export', '--json']);
    expect(leaks(outputs)).toEqual([]);
  });

  it('what the gateway answers and writes', async () => {
    const gateway = `${urls['FINTECH_GATEWAY_URL']}/v1/ledger/trial-balance`;
    const good = await mint('a token for the gateway');
    const bad = await mint('a bad token for the gateway', '--defect', 'signature/bit-flip');
    for (const token of [good, bad]) {
      const authorization = `Bearer ${token}`;
      await send('gateway', gateway, { headers: { authorization } });
      await send('gateway by GET', `${gateway}?access_token=${token}`, {});
      await send('gateway by path', `${gateway}/${token}`, { headers: { authorization } });
      await send('gateway twice', gateway, {
        headers: ['authorization', token, 'authorization', token],
      });
      await send('events', `${urls['FINTECH_EVENTS_URL']}/streams/ledger-x`, {
        headers: { authorization },
      });
    }
    expect(leaks(outputs)).toEqual([]);
  });

  it('what the issuer answers and writes', async () => {
    const url = urls['FINTECH_TOKEN_URL'] ?? '';
    const secret = secrets.get('the client secret') ?? '';
    const issued = await runForSecret(['token', 'get', '--client', 'ledger', '--aud', 'events']);
    keepToken('an issued token', issued);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const forms = [
      `grant_type=client_credentials&client_id=ledger&client_secret=${secret}&scope=${secret}`,
      `grant_type=client_credentials&client_id=${secret}&client_secret=${secret}`,
      `grant_type=${issued}&client_id=ledger&client_secret=${secret}`,
      `grant_type=client_credentials&client_id=ledger&client_secret=${secret}&resource=${issued}`,
    ];
    for (const [index, body] of forms.entries()) {
      await send(`token endpoint ${index}`, url, { method: 'POST', headers, body });
    }
    await send('token endpoint by GET', `${url}?client_secret=${secret}`, {});
    expect(leaks(outputs)).toEqual([]);
  });

  it('what the matrix reports of the tokens it sends', async () => {
    const target = `${urls['FINTECH_GATEWAY_URL']}/v1/ledger/trial-balance`;
    write(join(workspace.root, 'good.jwt'), await mint('a token for the matrix'));
    const reporters = [
      'junit=matrix.xml',
      'json=matrix.json',
      'markdown=matrix.md',
      'sarif=matrix.sarif',
    ];
    const reports = reporters.flatMap((name) => ['--reporter', name]);
    await run(['token', 'matrix', '--target', target, '--persona', 'operator', '--json']);
    await run(['token', 'matrix', '--target', target, '--good-token', 'good.jwt', ...reports]);
    await run(['token', 'matrix', '--target', target, '--good-token', 'broken.json', '--verbose']);
    await run(['token', 'matrix', '--target', target, '--token-command', 'cat good.jwt', '--json']);
    expect(leaks(outputs)).toEqual([]);
  });

  it('what the sandbox says of itself', async () => {
    await run(['status', '--json', '--verbose']);
    await run(['restart', 'ledger', '--verbose']);
    await run(['up', '--dry-run', '--json']);
    await run(['verify', '--json', '--reporter', 'junit=verify.xml']);
    await run(['events', 'read', '--json']);
    await run(['logs', '--json']);
    await run(['down', '--verbose']);
    expect(leaks(outputs)).toEqual([]);
  });

  it('any log file or report', () => {
    const files = readdirSync(workspace.root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:log|xml|json|ndjson|sarif|md)(?:\.\d+)?$/.test(name))
      .filter((name) => !/node_modules|(?:^|\/)keys\/|^(?:private|broken)\.json$/.test(name))
      .map((name) => join(workspace.root, name))
      .filter((path) => statSync(path).isFile());
    expect(files.some((path) => path.endsWith('.log'))).toBe(true);
    expect(leaks(new Map(files.map((path) => [path, readFileSync(path, 'utf8')])))).toEqual([]);
  });

  it('and these tests would find them', () => {
    expect(secrets.size).toBeGreaterThan(10);
    expect(secrets.values().every((text) => text.length > 20)).toBe(true);
    const told = new Map([['a log', [...secrets.values()].join(' ')]]);
    expect(leaks(told)).toHaveLength(secrets.size);
  });
});

function leaks(texts: ReadonlyMap<string, string>): string[] {
  return [...texts].flatMap(([where, text]) =>
    [...secrets]
      .filter(([, secret]) => text.includes(secret))
      .map(([what]) => `${what} in ${where}`),
  );
}
