import { BlockList, isIP } from 'node:net';
import { FintechError } from '../../../../kernel/errors.ts';
import { printable } from '../../../../kernel/printable.ts';

/** Where an engine listens: a Unix socket or named pipe, a TCP port, or behind a login by SSH. */
export type EngineAddress =
  | { kind: 'socket'; path: string }
  /** `host` of an IPv6 address is without brackets. */
  | { kind: 'tcp'; host: string; port: number }
  | SshAddress;

export interface SshAddress {
  kind: 'ssh';
  host: string;
  user: string | undefined;
  port: number | undefined;
  /** The engine's socket over there, where it is not its default. */
  socketPath: string | undefined;
}

export const UNIX_SOCKET = '/var/run/docker.sock';
export const WINDOWS_PIPE = '//./pipe/docker_engine';
export const TLS_PORT = 2376;
const PLAIN_PORT = 2375;

/** Characters that a remote shell passes on as they are. */
const PLAIN_PATH = /^\/[\w./@+-]+$/;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');
// To connect to "any address" is to connect to this machine.
LOOPBACK.addAddress('0.0.0.0');
LOOPBACK.addAddress('::', 'ipv6');

/**
 * Reads an address as Docker writes it: `unix:///path`, `npipe:////./pipe/name`,
 * `tcp://host:port`, `host:port`, `ssh://user@host:port/socket`.
 * @param source what holds the text, for messages: `DOCKER_HOST`
 * @throws FintechError SANDBOX_DRIVER_ABSENT when it is none
 */
export function parseEngineAddress(
  text: string,
  source: string,
  { tls }: { tls: boolean },
): EngineAddress {
  if (text.startsWith('unix://')) return { kind: 'socket', path: text.slice(7) || UNIX_SOCKET };
  if (text.startsWith('npipe://')) return { kind: 'socket', path: text.slice(8) || WINDOWS_PIPE };
  if (text.startsWith('/')) throw unusable(source, text, `is a path: write unix://${text}`);
  const url = parsed(text.includes('://') ? text : `tcp://${text}`);
  if (url === undefined) throw unusable(source, text, 'is no address of Docker');
  if (url.password !== '') throw unusable(source, text, 'must not hold a password');
  if (url.protocol === 'tcp:') return tcpAddress(url, { text, source, tls });
  if (url.protocol === 'ssh:') return sshAddress(url, { text, source });
  throw unusable(source, text, 'is no address of Docker');
}

/** The host of an engine that shares neither files nor loopback with this machine. */
export function remoteHostOf(address: EngineAddress): string | undefined {
  // SSH on loopback leads into a virtual machine or another container, hence is remote too.
  if (address.kind === 'ssh') return address.host;
  return address.kind === 'tcp' && !isLoopback(address.host) ? address.host : undefined;
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const version = isIP(host);
  return version !== 0 && LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

interface Origin {
  text: string;
  source: string;
}

function tcpAddress(url: URL, { text, source, tls }: Origin & { tls: boolean }): EngineAddress {
  if (url.username !== '') throw unusable(source, text, 'names a user, which tcp:// does not know');
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw unusable(source, text, 'has more than a host and a port');
  }
  const port = url.port === '' ? (tls ? TLS_PORT : PLAIN_PORT) : Number(url.port);
  return { kind: 'tcp', host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
}

function sshAddress(url: URL, { text, source }: Origin): SshAddress {
  const { hostname, username, port, pathname } = url;
  const hasSocket = pathname !== '' && pathname !== '/';
  if (
    url.search !== '' ||
    url.hash !== '' ||
    (hasSocket && !PLAIN_PATH.test(pathname)) ||
    username.includes('%')
  ) {
    throw unusable(source, text, 'has more than a user, a host, a port and a plain path');
  }
  return {
    kind: 'ssh',
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    user: username === '' ? undefined : username,
    port: port === '' ? undefined : Number(port),
    socketPath: hasSocket ? pathname : undefined,
  };
}

function parsed(text: string): URL | undefined {
  const url = URL.parse(text);
  return url === null || url.hostname === '' ? undefined : url;
}

function unusable(source: string, text: string, why: string): FintechError {
  const quoted = printable(text.replace(/:[^:/@]*@/, ':…@'));
  return new FintechError('SANDBOX_DRIVER_ABSENT', `${source}=${quoted} ${why}`, {
    hint:
      'Write it like unix:///var/run/docker.sock, tcp://127.0.0.1:2375 or ssh://user@host, ' +
      'or run without Docker: --driver embedded.',
  });
}
