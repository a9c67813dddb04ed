import { FintechError, messageOf } from '../../../../kernel/errors.ts';
import { printable } from '../../../../kernel/printable.ts';
import type { Endpoint } from './endpoint.ts';
import { NoEngineError } from './engine-version.ts';
import { sshFailure } from './ssh-failure.ts';

/** Why a connection failed, and the first half of what helps. */
interface Reason {
  why: string;
  fix: string;
}

const START = 'Start Docker';
const ADDRESS = 'Correct the address';
const CERTIFICATES = "Compare ca.pem, cert.pem and key.pem with the engine's own";

const SSH_FIX = 'Make `ssh` log in there without a question and find `docker`';

/** By the code of Node's error. Codes of certificates are OpenSSL's names. */
const REASONS: Readonly<Record<string, Reason>> = {
  ENOENT: { why: 'there is no such socket', fix: START },
  EINVAL: { why: 'its path is too long for a socket', fix: ADDRESS },
  ENOTDIR: { why: 'there is no such socket', fix: START },
  ECONNREFUSED: { why: 'nothing listens there', fix: START },
  EACCES: {
    why: 'this user may not open the socket',
    fix: 'Add yourself to the group docker (`sudo usermod -aG docker $USER`, then log in again), use sudo',
  },
  ECONNRESET: { why: 'the connection was cut', fix: 'Check what listens there' },
  ETIMEDOUT: { why: 'the host does not answer', fix: ADDRESS },
  EHOSTUNREACH: { why: 'the host is out of reach', fix: ADDRESS },
  ENETUNREACH: { why: 'the network is out of reach', fix: ADDRESS },
  ENOTFOUND: { why: 'the host name is unknown', fix: ADDRESS },
  EAI_AGAIN: { why: 'the host name cannot be looked up now', fix: ADDRESS },
  EPROTO: { why: 'it speaks no TLS', fix: 'Use its port for TLS, or unset DOCKER_TLS_VERIFY' },
  ERR_SSL_PACKET_LENGTH_TOO_LONG: {
    why: 'it speaks no TLS',
    fix: 'Use its port for TLS, or unset DOCKER_TLS_VERIFY',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: 'its certificate is for another host',
    fix: 'Name the host as the certificate does',
  },
  CERT_HAS_EXPIRED: { why: 'its certificate has expired', fix: 'Renew the certificate' },
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: {
    why: 'it wants a certificate of ours',
    fix: 'Put cert.pem and key.pem beside ca.pem',
  },
};

/** Codes of a certificate that does not lead to a trusted one. */
const UNTRUSTED = /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;
/** An alert by which the other side refuses our certificate. */
const REFUSED_BY_ALERT = /^ERR_SSL_\w+_ALERT_/;

/**
 * Says which engine cannot be used, who named it, why, and how to go on.
 * @param error what the attempt threw
 */
export function engineAbsent(endpoint: Endpoint, error: unknown): FintechError {
  const { why, fix } = reasonOf(error);
  return engineUnusable(endpoint, { why: `cannot be reached: ${why}`, fix, cause: error });
}

/** An engine that answers and cannot be used all the same. */
export function engineUnusable(
  { address, origin }: Endpoint,
  { why, fix, cause }: Reason & { cause?: unknown },
): FintechError {
  return new FintechError('SANDBOX_DRIVER_ABSENT', `Docker at ${address} (${origin}) ${why}`, {
    hint: `${fix}${elsewhere(origin)}, or run without Docker: --driver embedded.`,
    details: { address, origin },
    cause,
  });
}

function elsewhere(origin: string): string {
  if (origin === 'the default') return '';
  return origin.startsWith('context ')
    ? ', choose another by `docker context use`'
    : `, unset ${origin}`;
}

function reasonOf(error: unknown): Reason {
  if (error instanceof NoEngineError) return answerReason(error);
  const ssh = sshFailure(error);
  if (ssh !== undefined) return { why: printable(ssh), fix: SSH_FIX };
  const code = codeOf(error);
  if (code.startsWith('HPE_')) return { why: 'what listens there speaks no HTTP', fix: ADDRESS };
  if (UNTRUSTED.test(code)) return { why: 'its certificate is not trusted', fix: CERTIFICATES };
  const known = REASONS[code];
  if (known !== undefined) return known;
  if (REFUSED_BY_ALERT.test(code)) {
    return { why: 'it refuses our certificate', fix: CERTIFICATES };
  }
  return { why: printable(messageOf(error)), fix: START };
}

function answerReason({ message, status }: NoEngineError): Reason {
  if (status === undefined) return { why: message, fix: ADDRESS };
  // The words of every server written in Go, the engine's too.
  if (message.includes('HTTP request to an HTTPS server')) {
    return { why: 'it wants TLS', fix: 'Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH' };
  }
  return { why: `it answers ${printable(message)}`, fix: 'Check what listens there' };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
