import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { hasErrnoCode } from '../../kernel/errors.ts';
import { type Problem, problem, PROBLEM_MEDIA_TYPE } from '../../kernel/problem.ts';
import type { Clock } from '../../kernel/time.ts';

/** What to answer when node's parser gave up on a connection. */
export function problemOfUnreadable(error: Error): Problem {
  if (hasErrnoCode(error, 'HPE_HEADER_OVERFLOW')) {
    return problem(431, 'header-too-large', { title: 'Header fields too large' });
  }
  if (hasErrnoCode(error, 'ERR_HTTP_REQUEST_TIMEOUT')) {
    return problem(408, 'request-timeout', { title: 'Request took too long to arrive' });
  }
  // The parser's reason is a fixed sentence: nothing of the request is repeated.
  const reason = 'reason' in error ? error.reason : undefined;
  const detail = typeof reason === 'string' ? { detail: `${reason}.` } : {};
  return problem(400, 'bad-framing', { title: 'Request refused', ...detail });
}

const LINGER_MS = 1_000;

/** Answers on a connection that carries no readable request, and closes it. */
export function answerUnreadable(socket: Duplex, body: Problem, clock: Clock): void {
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status] ?? ''}\r\n` +
      `Connection: close\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  // Closed at once, what the client still sends would reset it before it could read the answer.
  const linger = clock.after(LINGER_MS, () => socket.destroy());
  socket.once('close', () => linger[Symbol.dispose]());
}
