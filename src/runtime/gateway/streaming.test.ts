import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/time.ts';
import {
  bodyOf,
  listening,
  sendRaw,
  startGateway,
  type TestGateway,
  type TestListener,
  type TestServer,
  until,
} from './gateway.fixture.ts';

const MIB = 1024 * 1024;
let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function through(
  listener: TestListener,
  options: Partial<Parameters<typeof startGateway>[0]> = {},
): Promise<{ gateway: TestGateway; upstream: TestServer }> {
  const upstream = stack.use(await listening(listener));
  const gateway = stack.use(await startGateway({ ports: [upstream.port], ...options }));
  return { gateway, upstream };
}

/** Starts a request by hand; gives its answer as soon as the head is there. */
function ask(
  gateway: TestGateway,
  options: { method?: string; headers?: Record<string, string> } = {},
) {
  const outgoing = httpRequest(`${gateway.url}/open`, { agent: false, ...options });
  outgoing.on('error', () => {});
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
  });
  return { outgoing, answer };
}

const nextChunk = (message: IncomingMessage) =>
  new Promise<string>(
    (resolve) => void message.once('data', (chunk: Buffer) => resolve(String(chunk))),
  );

describe('an answer', () => {
  it('arrives piece by piece, its head before any piece', async () => {
    let upstreamResponse: ServerResponse | undefined;
    const { gateway } = await through((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      upstreamResponse = response;
    });
    const { outgoing, answer } = ask(gateway);
    outgoing.end();
    const message = await answer;
    expect(message.headers['content-type']).toBe('text/event-stream');
    for (const piece of ['data: 1\n\n', 'data: 2\n\n']) {
      const arrived = nextChunk(message);
      upstreamResponse?.write(piece);
      expect(await arrived).toBe(piece);
    }
    upstreamResponse?.end();
    await until(() => message.complete);
  });

  it('flows while its request still does', async () => {
    const { gateway } = await through((request, response) => request.pipe(response));
    const { outgoing, answer } = ask(gateway, { method: 'POST' });
    outgoing.write('one');
    const message = await answer;
    expect(await nextChunk(message)).toBe('one');
    outgoing.write('two');
    expect(await nextChunk(message)).toBe('two');
    outgoing.end();
    message.resume();
    await until(() => message.complete);
  });

  it('keeps its trailers', async () => {
    const { gateway } = await through((_request, response) => {
      response.writeHead(200, { trailer: 'x-sum' });
      response.write('body');
      response.addTrailers({ 'x-sum': '42', 'set-cookie': 'a=b' });
      response.end();
    });
    const { outgoing, answer } = ask(gateway, { headers: { te: 'trailers' } });
    outgoing.end();
    const message = await answer;
    await bodyOf(message);
    expect(message.trailers).toEqual({ 'x-sum': '42' });
  });

  it.each([
    ['HEAD', 200, { 'content-length': '5' }],
    ['GET', 204, {}],
    ['GET', 304, { etag: '"a"' }],
  ])('to %s with status %i has no body', async (method, status, headers) => {
    const { gateway } = await through((_request, response) => {
      response.writeHead(status, headers).end();
    });
    const text = `${method} /open HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const answer = await sendRaw(gateway.port, text + text, 400);
    expect(answer.text.match(new RegExp(`HTTP/1\\.1 ${status}`, 'g'))).toHaveLength(2);
    expect(answer.text.endsWith('\r\n\r\n')).toBe(true);
    for (const [name, value] of Object.entries(headers)) {
      expect(answer.text.toLowerCase()).toContain(`${name}: ${value}`);
    }
  });

  it('of an instance that ends it by closing reaches HTTP/1.1 in chunks, HTTP/1.0 by closing', async () => {
    const plain = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc'));
    });
    await new Promise<void>((resolve) => void plain.listen(0, '127.0.0.1', () => resolve()));
    stack.defer(() => void plain.close());
    const { port } = plain.address() as AddressInfo;
    const gateway = stack.use(await startGateway({ ports: [port] }));
    const text = 'GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const modern = await sendRaw(gateway.port, text, 400);
    expect(modern.text).toContain('Transfer-Encoding: chunked');
    expect(modern.text.endsWith('3\r\nabc\r\n0\r\n\r\n')).toBe(true);
    const old = await sendRaw(gateway.port, text.replace('1.1', '1.0'), 400);
    expect(old).toMatchObject({ status: 200, isClosed: true });
    expect(old.text.endsWith('\r\n\r\nabc')).toBe(true);
  });

  it('that has an interim one before it arrives all the same', async () => {
    const { gateway } = await through((_request, response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.end('final');
    });
    expect(await (await fetch(`${gateway.url}/open`)).text()).toBe('final');
  });
});

describe('Expect: 100-continue', () => {
  const expecting = 'Host: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n';

  it('is granted when the request goes on', async () => {
    const { gateway } = await through(async (request, response) => {
      response.end(`${await bodyOf(request)} ${request.headers.expect}`);
    });
    const answer = await sendRaw(gateway.port, `POST /open HTTP/1.1\r\n${expecting}abc`, 400);
    expect(answer.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(answer.text).toContain('abc undefined');
  });

  it('is not granted to a request that may not enter, which closes', async () => {
    const { gateway } = await through((_request, response) => response.end());
    const answer = await sendRaw(gateway.port, `POST /v1/payments HTTP/1.1\r\n${expecting}`, 400);
    expect(answer).toMatchObject({ status: 401, isClosed: true });
  });
});

describe('many at once', () => {
  it('200 streams are carried side by side', async () => {
    const held: ServerResponse[] = [];
    const { gateway } = await through((_request, response) => {
      response.write('first');
      held.push(response);
    });
    const messages = await Promise.all(
      Array.from({ length: 200 }, () => {
        const { outgoing, answer } = ask(gateway);
        outgoing.end();
        return answer;
      }),
    );
    await until(() => held.length === 200);
    const bodies = messages.map((message) => bodyOf(message));
    for (const [number, response] of held.entries()) response.end(`,${number}`);
    const texts = await Promise.all(bodies);
    const expected = Array.from({ length: 200 }, (_, number) => `first,${number}`);
    expect(texts.sort()).toEqual(expected.sort());
  });

  it('more connections than the limit are closed', async () => {
    const { gateway } = await through((_request, response) => response.end(), {
      limits: { connections: 2 },
    });
    const text = 'GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const answers = await Promise.all([1, 2, 3].map(() => sendRaw(gateway.port, text, 200)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
  });

  it('more than the limit are told to come back', async () => {
    const held: ServerResponse[] = [];
    const { gateway } = await through((_request, response) => held.push(response), {
      limits: { concurrentRequests: 3 },
    });
    const waiting = Array.from({ length: 3 }, () => fetch(`${gateway.url}/open`));
    await until(() => held.length === 3);
    const refused = await fetch(`${gateway.url}/open`);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
    for (const response of held) response.end('done');
    for (const response of waiting) expect(await (await response).text()).toBe('done');
  });
});

describe('a slow side holds back the other, and memory stays bounded', () => {
  it('when the client does not read', async () => {
    let sent = 0;
    const { gateway } = await through((_request, response) => {
      const write = () => {
        while (sent < 512 && response.write(Buffer.alloc(MIB))) sent++;
      };
      response.on('drain', write);
      write();
    });
    const before = process.memoryUsage().rss;
    const socket = connect(gateway.port, '127.0.0.1').pause();
    stack.defer(() => void socket.destroy());
    socket.write('GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await systemClock.sleep(700);
    expect(sent).toBeLessThan(64);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
  });

  it('when the service does not read', async () => {
    const { gateway } = await through((request) => request.pause(), {
      limits: { bodyBytes: 1024 * MIB },
    });
    const socket = connect(gateway.port, '127.0.0.1');
    socket.on('error', () => {});
    stack.defer(() => void socket.destroy());
    socket.write(`POST /open HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${512 * MIB}\r\n\r\n`);
    let sent = 0;
    const write = () => {
      while (sent < 512 && socket.write(Buffer.alloc(MIB))) sent++;
    };
    socket.on('drain', write);
    write();
    await systemClock.sleep(700);
    expect(sent).toBeLessThan(64);
  });

  it('and a client that takes nothing for too long is cut', async () => {
    const { gateway } = await through(
      (_request, response) => response.end(Buffer.alloc(64 * MIB)),
      {
        limits: { clientStallMs: 200 },
      },
    );
    const socket = connect(gateway.port, '127.0.0.1').pause();
    const closed = new Promise<boolean>(
      (resolve) => void socket.once('close', () => resolve(socket.bytesRead < 64 * MIB)),
    );
    socket.on('error', () => {});
    socket.write('GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => gateway.lines.some(({ complete }) => complete === false));
    socket.resume();
    expect(await closed).toBe(true);
  });

  it('while a large body goes through whole', async () => {
    const { gateway } = await through(async (request, response) => {
      let bytes = 0;
      for await (const chunk of request as AsyncIterable<Buffer>) bytes += chunk.length;
      response.end(String(bytes));
    });
    const body = Buffer.alloc(10 * MIB);
    const response = await fetch(`${gateway.url}/open`, { method: 'POST', body });
    expect(await response.text()).toBe(String(10 * MIB));
  });
});
