import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Answer, Reply } from './answer.ts';
import { readAnswer } from './raw-answer.ts';
import type { ShotRequest } from './request.ts';
import type { SendOptions } from './send.ts';

/**
 * Writes a request by hand, for what no client library would send, and reads its answer even where
 * the server stopped reading before the end. Rejects where none comes.
 */
export async function sendRaw(
  request: ShotRequest,
  { signal, maxBytes, bodyMs, clock }: SendOptions,
): Promise<Reply> {
  const socket = open(request.url);
  const onAbort = () => socket.destroy(new Error('aborted'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const answered = (ended: boolean): Answer | undefined =>
        readAnswer(Buffer.concat(chunks), ended || bytes >= maxBytes);
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        const answer = answered(false);
        if (answer !== undefined) resolve(answer);
        else if (chunks.length === 1) clock.after(bodyMs, () => end());
      });
      const end = (error?: Error) => {
        const answer = answered(true);
        if (answer === undefined) reject(error ?? new Error('closed without an answer'));
        else resolve(answer);
      };
      socket.once('error', end);
      socket.once('close', () => end());
      socket.write(bytesOf(request));
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

function open({ protocol, hostname, port }: URL): Socket {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (protocol === 'http:') return connect({ host, port: Number(port || 80) });
  return connectTls({
    host,
    port: Number(port || 443),
    ALPNProtocols: ['http/1.1'],
    // A name only: an address is none (RFC 6066 §3).
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
  });
}

function bytesOf({ url, method, headers, body }: ShotRequest): Buffer {
  const content = body === undefined ? undefined : Buffer.from(body, 'utf8');
  const fields = [
    ['Host', url.host],
    ...headers,
    ...(content === undefined ? [] : [['Content-Length', String(content.length)]]),
    ['Connection', 'close'],
  ].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${fields.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), ...(content === undefined ? [] : [content])]);
}
