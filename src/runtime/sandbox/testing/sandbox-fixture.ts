import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom, systemRandom } from '../../../kernel/random.ts';
import type { Reporter } from '../../../kernel/reporter.ts';
import { systemClock } from '../../../kernel/time.ts';
import type { Config } from '../../../model/config.ts';
import { COMPONENTS } from '../../../model/names.ts';
import { openKeys } from '../../identity/public.ts';
import type { DriverOptions, SandboxDriver } from '../driver.ts';
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
  /** The plan of these services where a driver runs them. */
  plan(
    driver: Pick<SandboxDriver, 'placement'>,
    services?: NonNullable<Config['services']>,
    /** Ports that are taken because the sandbox itself runs on them. */
    running?: Readonly<Record<string, number>>,
  ): Promise<SandboxPlan>;
  options(rest?: Partial<DriverOptions>): DriverOptions;
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
    plan: async (driver, services = {}, running = {}) => {
      const names = Object.keys(services);
      await keepFreePorts(stateFolder, [...COMPONENTS, ...names]);
      const settings = { stateFolder, configured: {}, environment: {} };
      const { ports } = await claimPorts(settings, names, running);
      const keys = openKeys(join(stateFolder, 'keys'), seededRandom('keys'), systemClock);
      return planSandbox({
        config: { name: 'fixture', services },
        root,
        ports,
        ...(await driver.placement(ports)),
        secretOf: (id) => keys.clientSecret(id),
        except: new Set(),
      });
    },
    options: (rest = {}) => ({
      name: 'fixture',
      root,
      stateFolder,
      keysFolder: join(stateFolder, 'keys'),
      nodeImage: undefined,
      clock: systemClock,
      random: systemRandom,
      reporter: silentReporter,
      signal: new AbortController().signal,
      forced: new AbortController().signal,
      timeoutMs: 15_000,
      self: {
        node: process.execPath,
        entry: fileURLToPath(new URL('source-entry.ts', import.meta.url)),
      },
      environment: process.env,
      homeFolder: homedir(),
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
const { HOST, PORT, ADVERTISE_HOST, CONSUL_HTTP_ADDR, FINTECH_SERVICE, FINTECH_INSTANCE } = process.env;
const entry = { ID: FINTECH_INSTANCE, Name: FINTECH_SERVICE, Address: ADVERTISE_HOST, Port: Number(PORT) };
createServer((request, response) => {
  if (request.url === '/die') process.exit(1);
  response.end('ok');
}).listen(Number(PORT), HOST, async () => {
  await fetch(CONSUL_HTTP_ADDR + '/v1/agent/service/register', {
    method: 'PUT',
    body: JSON.stringify(entry),
  });
  console.log('listening');
});
process.on('SIGTERM', () => process.exit(0));
`;
