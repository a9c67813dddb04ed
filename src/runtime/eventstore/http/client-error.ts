import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type Problem, PROBLEM_MEDIA_TYPE } from '../../../kernel/problem.ts';
import { Refusal } from './refusal.ts';

/** Answers what never became a request: bytes that are no HTTP, or a body that never came. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { problem } =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? new Refusal('request-timeout', 'The request was not complete in time.')
      : new Refusal('bad-request', 'The request cannot be read as HTTP.');
  socket.write(responseOf(problem));
  // Not `end`: it would wait for a client that goes on sending.
  socket.destroySoon();
}

function responseOf(problem: Problem): string {
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
