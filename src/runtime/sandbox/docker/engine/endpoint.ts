import type { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { join } from 'node:path';
import type { DockerOptions } from 'dockerode';
import { printable } from '../../../../kernel/printable.ts';
import { currentContext, DEFAULT_CONTEXT, readContext } from './docker-context.ts';
import {
  type EngineAddress,
  parseEngineAddress,
  remoteHostOf,
  TLS_PORT,
  UNIX_SOCKET,
  WINDOWS_PIPE,
} from './engine-address.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

/** Options of Docker's client as used here. It passes `agent` on; its types leave that out. */
export interface EngineOptions extends DockerOptions {
  port?: number | undefined;
  protocol: 'http' | 'https';
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  agent?: HttpAgent | undefined;
}

/** Which engine Docker's own settings name. */
export interface Endpoint {
  /** As Docker writes it: `unix:///var/run/docker.sock`, `tcp://…`, `ssh://…`, `npipe://…`. */
  address: string;
  /** What named it, for messages: `DOCKER_HOST`, `context "colima"`, `the default`. */
  origin: string;
  /**
   * The engine's host when it does not share this machine's files and loopback, else undefined.
   * Unix sockets, named pipes and TCP on loopback are local.
   */
  remoteHost: string | undefined;
  /** For `new Docker(options)`. Complete, so that nothing is taken from the environment again. */
  options: EngineOptions;
}

export interface EndpointSettings {
  environment: Readonly<Record<string, string | undefined>>;
  homeFolder: string;
}

/** An address, and what its connection needs beside it. */
interface Named {
  text: string;
  origin: string;
  /** What holds the address, for messages about its spelling. */
  source: string;
  tls: TlsFiles | undefined;
  skipTlsVerify: boolean;
}

/**
 * Finds the engine in the order of Docker's own client: DOCKER_HOST, DOCKER_CONTEXT, the context
 * that `config.json` names, the platform's default. Empty variables count as unset.
 * @throws FintechError SANDBOX_DRIVER_ABSENT for settings that cannot be used
 */
export async function findEndpoint(settings: EndpointSettings): Promise<Endpoint> {
  const named = (await byContext(settings)) ?? (await byVariables(settings));
  const { text, origin, source, tls, skipTlsVerify } = named;
  const address = parseEngineAddress(text, source, { tls: tls !== undefined });
  return {
    address: printable(text.includes('://') ? text : `tcp://${text}`),
    origin,
    remoteHost: remoteHostOf(address),
    options: await optionsOf(address, { tls, skipTlsVerify, environment: settings.environment }),
  };
}

async function byContext({
  environment,
  homeFolder,
}: EndpointSettings): Promise<Named | undefined> {
  if (isSet(environment['DOCKER_HOST'])) return undefined;
  const folder = settingsFolder({ environment, homeFolder });
  const variable = environment['DOCKER_CONTEXT'];
  const name = isSet(variable) ? variable : await currentContext(folder);
  if (name === undefined || name === DEFAULT_CONTEXT) return undefined;
  const source = isSet(variable) ? 'DOCKER_CONTEXT' : join(folder, 'config.json');
  const { host, skipTlsVerify, tlsFolder } = await readContext(folder, { name, source });
  const origin = `context "${printable(name)}"`;
  const files = await readTlsFiles({ folder: tlsFolder, source: origin, needsCa: false });
  const hasFiles = Object.values(files).some((file) => file !== undefined);
  return {
    text: host,
    origin,
    source: `the address of ${origin}`,
    tls: hasFiles || skipTlsVerify ? files : undefined,
    skipTlsVerify,
  };
}

async function byVariables({ environment, homeFolder }: EndpointSettings): Promise<Named> {
  const host = environment['DOCKER_HOST'];
  const wantsTls = isSet(environment['DOCKER_TLS_VERIFY']);
  const common = { source: 'DOCKER_HOST', skipTlsVerify: false };
  // A socket on this machine has no use for TLS, whatever other commands need the variable for.
  const overTcp = isSet(host) && !/^(?:unix|npipe|ssh):/.test(host);
  if (!wantsTls || (isSet(host) && !overTcp)) {
    const text = isSet(host) ? host : defaultAddress();
    return { ...common, text, origin: isSet(host) ? 'DOCKER_HOST' : 'the default', tls: undefined };
  }
  const certPath = environment['DOCKER_CERT_PATH'];
  const tls = await readTlsFiles({
    folder: isSet(certPath) ? certPath : settingsFolder({ environment, homeFolder }),
    source: isSet(certPath) ? 'DOCKER_CERT_PATH' : 'DOCKER_TLS_VERIFY',
    needsCa: true,
  });
  if (isSet(host)) return { ...common, text: host, origin: 'DOCKER_HOST', tls };
  return { ...common, text: `tcp://localhost:${TLS_PORT}`, origin: 'DOCKER_TLS_VERIFY', tls };
}

interface Connection {
  tls: TlsFiles | undefined;
  skipTlsVerify: boolean;
  environment: EndpointSettings['environment'];
}

/** Every setting that Docker's client would otherwise take from `process.env` is given. */
async function optionsOf(address: EngineAddress, connection: Connection): Promise<EngineOptions> {
  const none = { socketPath: undefined, host: undefined, port: undefined, timeout: undefined };
  const plain = {
    ...none,
    ca: undefined,
    cert: undefined,
    key: undefined,
    protocol: 'http',
  } as const;
  if (address.kind === 'socket') return { ...plain, socketPath: address.path };
  if (address.kind === 'ssh') {
    const { SshAgent } = await import('./ssh-agent.ts');
    return { ...plain, host: 'localhost', agent: new SshAgent(address, connection.environment) };
  }
  const { tls, skipTlsVerify } = connection;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const { port } = address;
  if (tls === undefined) return { ...plain, host, port };
  const agent = skipTlsVerify ? new HttpsAgent({ rejectUnauthorized: false }) : undefined;
  return { ...none, ...tls, host, port, protocol: 'https', agent };
}

function settingsFolder({ environment, homeFolder }: EndpointSettings): string {
  const folder = environment['DOCKER_CONFIG'];
  return isSet(folder) ? folder : join(homeFolder, '.docker');
}

function defaultAddress(): string {
  return process.platform === 'win32' ? `npipe://${WINDOWS_PIPE}` : `unix://${UNIX_SOCKET}`;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
