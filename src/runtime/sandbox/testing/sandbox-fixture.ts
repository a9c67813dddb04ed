import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom, systemRandom } from '../../../kernel/random.ts';
import type { Reporter } from '../../../kernel/reporter.ts';
import { systemClock } from '../../../kernel/time.ts';
import type { Config } from '../../../model/config.ts';
import { COMPONENTS } from '../../../model/names.ts';
import type { EmbeddedOptions } from '../embedded-deps.ts';
import { planSandbox, type SandboxPlan } from '../plan.ts';
import { claimPorts } from '../ports.ts';

const silentReporter: Reporter = {
  step: () => ({ update: () => {}, succeed: () => {}, fail: () => {} }),
  note: () => {},
  detail: () => {},
  warn: () => {},
  write: () => Promise.resolve(),
};

/** A workspace's folders, on ports of its own, gone when disposed. */
export interface SandboxFixture extends Disposable {
  root: string;
  stateFolder: string;
  plan(services?: NonNullable<Config['services']>): Promise<SandboxPlan>;
  options(rest?: Partial<EmbeddedOptions>): EmbeddedOptions;
  /** Writes `services/<name>/src/main.ts`. */
  service(name: string, code: string): void;
}

export function sandboxFixture(): SandboxFixture {
  const root = mkdtempSync(join(tmpdir(), 'fintech-sandbox-'));
  const stateFolder = join(root, '.fintech');
  mkdirSync(stateFolder, { mode: 0o700 });
  return {
    root,
    stateFolder,
    plan: async (services = {}) => {
      const names = Object.keys(services);
      await keepFreePorts(stateFolder, [...COMPONENTS, ...names]);
      const settings = { stateFolder, configured: {}, environment: {} };
      const { ports } = await claimPorts(settings, names);
      return planSandbox({
        config: { name: 'fixture', services },
        root,
        stateFolder,
        keysFolder: join(stateFolder, 'keys'),
        ports,
        secretOf: (id) => seededRandom(id).bytes(16).toString('hex'),
        except: new Set(),
      });
    },
    options: (rest = {}) => ({
      stateFolder,
      clock: systemClock,
      random: systemRandom,
      reporter: silentReporter,
      signal: new AbortController().signal,
      timeoutMs: 15_000,
      self: {
        node: process.execPath,
        entry: fileURLToPath(new URL('source-entry.ts', import.meta.url)),
      },
      inherited: process.env,
      onLine: () => {},
      ...rest,
    }),
    service: (name, code) => {
      const folder = join(root, 'services', name, 'src');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'main.ts'), code);
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Gives each unit a port that the system chose, so that sandboxes of other tests keep off it. */
async function keepFreePorts(stateFolder: string, names: readonly string[]): Promise<void> {
  const file = join(stateFolder, 'ports.json');
  const kept = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>)
    : {};
  for (const name of names) kept[name] ??= await freePort();
  writeFileSync(file, JSON.stringify(kept));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A service of no framework: registers itself, answers its readiness, and dies when asked to. */
export const SMALL_SERVICE = `
import { createServer } from 'node:http';
const { PORT, CONSUL_HTTP_ADDR, FINTECH_SERVICE, FINTECH_INSTANCE } = process.env;
createServer((request, response) => {
  if (request.url === '/die') process.exit(1);
  response.end('ok');
}).listen(Number(PORT), '127.0.0.1', async () => {
  await fetch(CONSUL_HTTP_ADDR + '/v1/agent/service/register', {
    method: 'PUT',
    body: JSON.stringify({ ID: FINTECH_INSTANCE, Name: FINTECH_SERVICE, Address: '127.0.0.1', Port: Number(PORT) }),
  });
  console.log('listening');
});
`;
