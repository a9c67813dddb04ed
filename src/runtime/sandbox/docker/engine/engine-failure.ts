import { type ErrorCode, FintechError, messageOf } from '../../../../kernel/errors.ts';
import { printable } from '../../../../kernel/printable.ts';
import { sshFailure } from './ssh-failure.ts';

/** One kind of failure, known by the engine's words or by the code of a broken connection. */
interface Kind {
  when: RegExp;
  code: ErrorCode;
  why: (words: string) => string;
  hint: string;
}

/**
 * The words of Docker 20.10 to 28, Docker Desktop and Podman. The first that fits counts, so what
 * says most of the cause comes first.
 */
const BY_WORDS: readonly Kind[] = [
  {
    when: /port is already allocated|address already in use|ports are not available|forbidden by its access permissions/i,
    code: 'SANDBOX_PORT_HELD',
    why: (words) => {
      const port = portIn(words);
      return port === undefined ? 'a port is taken' : `port ${port} is taken`;
    },
    hint: 'Stop what listens there, or set another port in fintech.yaml.',
  },
  {
    when: /no space left on device|disk quota exceeded/i,
    code: 'SANDBOX_UNIT_FAILED',
    why: () => "the engine's disk is full",
    hint: 'Make room, for instance by `docker system df` and `docker image prune`.',
  },
  {
    when: /non-overlapping IPv4 address pool|address pools have been fully subnetted|free subnet from subnet pools/i,
    code: 'SANDBOX_UNIT_FAILED',
    why: () => 'it has no addresses left for another network',
    hint: 'Remove networks that nothing uses: `docker network prune`.',
  },
  {
    when: /bind source path does not exist|mounts denied|statfs .*no such file or directory/i,
    code: 'SANDBOX_UNIT_FAILED',
    why: (words) => `the engine does not see the files of this machine (${words})`,
    hint: "Share the workspace's folder with the engine's machine, or run --driver embedded.",
  },
  {
    when: /already in use by|network with name \S+ already exists|network name \S+ already used/i,
    code: 'SANDBOX_UNIT_FAILED',
    why: (words) => `the name is taken (${words})`,
    hint: 'Remove what holds the name: `docker rm -f`, or `docker network rm` for a network.',
  },
  {
    when: /permission denied|operation not permitted/i,
    code: 'SANDBOX_UNIT_FAILED',
    why: (words) => `it was not permitted (${words})`,
    hint: 'Look at who owns the folder, and at SELinux or AppArmor where they are on.',
  },
];

/** Codes of Node's errors when the engine went away, and of `socket hang up`. */
const CONNECTION_LOST =
  /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|EACCES|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

const SOCKET_CALLS: ReadonlySet<string> = new Set(['connect', 'read', 'write', 'getaddrinfo']);

/**
 * Turns what Docker's client throws into an error that says what was going on.
 * @param doing completes "Docker could not …": `create the container x-ledger-1`
 */
export function engineFailure(error: unknown, doing: string): FintechError {
  if (error instanceof FintechError) return error;
  const { words, status, code, lost } = factsOf(error);
  const message = (why: string) => `Docker could not ${doing}: ${why}`;
  const details = { doing, status, code, engine: words };
  if (code === 'ABORT_ERR') return interruption(error, message('it was interrupted'));
  if (lost !== undefined) {
    const why = message(`the connection to it was lost (${lost})`);
    const hint = 'See with `docker info` whether the engine runs, then try again.';
    return new FintechError('SANDBOX_DRIVER_ABSENT', why, { hint, details, cause: error });
  }
  const kind = BY_WORDS.find(({ when }) => when.test(words));
  if (kind === undefined) {
    return new FintechError('SANDBOX_UNIT_FAILED', message(words), { details, cause: error });
  }
  const port = kind.code === 'SANDBOX_PORT_HELD' ? { port: portIn(words) } : {};
  return new FintechError(kind.code, message(kind.why(words)), {
    hint: kind.hint,
    details: { ...details, ...port },
    cause: error,
  });
}

/** What Docker's client leaves on its errors: an answer's status and body, or a system error. */
interface Facts {
  words: string;
  status: number | undefined;
  code: string;
  /** What a lost connection died of. */
  lost: string | undefined;
}

function factsOf(error: unknown): Facts {
  const { statusCode, json, code: errno } = (error ?? {}) as Record<string, unknown>;
  const code = typeof errno === 'string' ? errno : '';
  return {
    words: printable((wordsOf(json) ?? messageOf(error)).trim().replace(/\s+/g, ' ')),
    status: typeof statusCode === 'number' ? statusCode : undefined,
    code,
    lost: sshFailure(error) ?? (isLost(error) ? code : undefined),
  };
}

/** A file may be absent or closed to us as a socket may, but comes of other system calls. */
function isLost(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as Record<string, unknown>;
  const ofSocket = typeof syscall !== 'string' || SOCKET_CALLS.has(syscall);
  return typeof code === 'string' && CONNECTION_LOST.test(code) && ofSocket;
}

/** Docker answers `{"message": …}`; Podman adds a `cause`, which the message holds already. */
function wordsOf(json: unknown): string | undefined {
  const message = ((json ?? {}) as Record<string, unknown>)['message'];
  return typeof message === 'string' && message !== '' ? message : undefined;
}

/** The port behind an address such as `127.0.0.1:8500`, `0.0.0.0:8500` or `[::1]:8500`. */
function portIn(words: string): number | undefined {
  const port = /(?:\d+\.\d+\.\d+\.\d+|\[[\da-f:]*\]):(\d+)/i.exec(words)?.[1];
  return port === undefined ? undefined : Number(port);
}

function interruption(error: unknown, message: string): FintechError {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof FintechError) return cause;
  return new FintechError('INTERRUPTED', message, { cause: error });
}
