import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/time.ts';
import {
  bearer,
  bodyOf,
  listening,
  sendRaw,
  startGateway,
  type TestGateway,
  type TestListener,
  type TestServer,
  until,
} from './gateway.fixture.ts';

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

/** An instance of which a test says every byte. Tells how many connections it got. */
async function rawUpstream(onRequest: (socket: Socket, count: number) => void) {
  const state = { connections: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    state.connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    let count = 0;
    socket.on('data', (chunk) => {
      if (String(chunk).includes('HTTP/1.1\r\n')) onRequest(socket, ++count);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  stack.defer(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const gateway = stack.use(
    await startGateway({ ports: [port], limits: { upstreamHeadersMs: 300, upstreamIdleMs: 300 } }),
  );
  return { state, gateway };
}

const GET = 'GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n';
const problemOf = async (response: Response) => (await response.json()) as Record<string, unknown>;

describe('an instance that fails before its answer', () => {
  it('502 where nobody listens', async () => {
    const gone = await listening(() => {});
    await gone[Symbol.asyncDispose]();
    const gateway = stack.use(await startGateway({ ports: [gone.port] }));
    const response = await fetch(`${gateway.url}/open`);
    expect(response.status).toBe(502);
    expect(await problemOf(response)).toMatchObject({
      type: 'urn:fintech:problem:upstream-unreachable',
      detail: 'The service echo could not be connected to.',
      instance: '/open',
    });
  });

  it.each([
    ['closes', (socket: Socket) => void socket.end()],
    ['resets', (socket: Socket) => void socket.resetAndDestroy()],
    ['talks nonsense', (socket: Socket) => void socket.write('nonsense\r\n\r\n')],
    [
      'sends too large fields',
      (socket: Socket) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`),
    ],
    [
      'sends two lengths',
      (socket: Socket) =>
        void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
    ],
    [
      'sends a control character',
      (socket: Socket) =>
        void socket.write('HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 0\r\n\r\n'),
    ],
    [
      'switches protocols unasked',
      (socket: Socket) =>
        void socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
        ),
    ],
  ])('502 where it %s', async (_name, act) => {
    const { gateway } = await rawUpstream(act);
    const response = await fetch(`${gateway.url}/open`);
    expect(response.status).toBe(502);
    expect(await problemOf(response)).toMatchObject({
      type: 'urn:fintech:problem:upstream-failed',
    });
  });

  it('504 where it does not answer in time', async () => {
    const { gateway } = await rawUpstream(() => {});
    const response = await fetch(`${gateway.url}/open`);
    expect(response.status).toBe(504);
    expect(await problemOf(response)).toMatchObject({
      type: 'urn:fintech:problem:upstream-timeout',
    });
  });

  it('answers of the service itself pass untouched, errors too', async () => {
    const { gateway } = await through((_request, response) => {
      response.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '9' }).end('mine');
    });
    const response = await fetch(`${gateway.url}/open`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('9');
    expect(await response.text()).toBe('mine');
  });
});

describe('an answer that is cut', () => {
  it.each([
    ['within a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    ['within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc'],
    ['before the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
  ])('%s cuts the client, too', async (_name, head) => {
    const { gateway } = await rawUpstream((socket) => {
      socket.write(head, () => socket.end());
    });
    const answer = await sendRaw(gateway.port, GET, 2000);
    expect(answer).toMatchObject({ status: 200, isClosed: true });
    expect(answer.text).toContain('abc');
    expect(answer.text.endsWith('0\r\n\r\n')).toBe(false);
    await until(() => gateway.lines.some(({ complete }) => complete === false));
  });

  it('because the instance falls silent cuts the client, and that connection is used no more', async () => {
    const { state, gateway } = await rawUpstream((socket) => {
      if (state.connections === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc');
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    expect(await sendRaw(gateway.port, GET, 3000)).toMatchObject({ status: 200, isClosed: true });
    expect(await (await fetch(`${gateway.url}/open`)).text()).toBe('ok');
    expect(state.connections).toBe(2);
  });

  it('leaves a good connection to be used again', async () => {
    const { state, gateway } = await rawUpstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    for (const _ of [1, 2, 3]) expect(await (await fetch(`${gateway.url}/open`)).text()).toBe('ok');
    expect(state.connections).toBe(1);
  });

  it('by bytes after its end, which are no answer to the next request', async () => {
    const { gateway } = await rawUpstream((socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
      );
    });
    for (const _ of [1, 2, 3]) {
      const response = await fetch(`${gateway.url}/open`);
      expect(await response.text()).not.toContain('evil');
    }
  });
});

describe('a client that leaves', () => {
  it('while it waits cancels the upstream request', async () => {
    let isCut = false;
    const { gateway } = await through((request) => {
      request.once('close', () => (isCut = true));
    });
    const leave = new AbortController();
    const call = fetch(`${gateway.url}/open`, { signal: leave.signal }).catch(() => 'left');
    await systemClock.sleep(100);
    leave.abort();
    expect(await call).toBe('left');
    await until(() => isCut);
    await until(() => gateway.lines.some(({ status }) => status === 499));
  });

  it('while it reads cancels the upstream answer', async () => {
    let isCut = false;
    const { gateway } = await through((_request, response) => {
      response.write('first');
      response.once('close', () => (isCut = true));
    });
    const socket = connect(gateway.port, '127.0.0.1');
    socket.once('data', () => socket.destroy());
    socket.write(GET);
    await until(() => isCut);
    expect(socket.destroyed).toBe(true);
  });

  it('while it writes cancels the upstream request', async () => {
    let isCut = false;
    const { gateway } = await through((request) => {
      request.resume().once('aborted', () => (isCut = true));
    });
    const socket = connect(gateway.port, '127.0.0.1');
    socket.write('POST /open HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc');
    await systemClock.sleep(100);
    expect(isCut).toBe(false);
    socket.destroy();
    await until(() => isCut);
  });

  it('does not disturb the next one', async () => {
    const { gateway } = await through(async (request, response) => {
      await systemClock.sleep(50);
      response.end(await bodyOf(request));
    });
    for (let n = 0; n < 20; n++) {
      const socket = connect(gateway.port, '127.0.0.1');
      socket.write('POST /open HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nab');
      await systemClock.sleep(5);
      socket.destroy();
      const response = await fetch(`${gateway.url}/open`, { method: 'POST', body: `body ${n}` });
      expect(await response.text()).toBe(`body ${n}`);
    }
  });
});

describe('limits of a request', () => {
  it('413 for a body that says it is too long, and one that turns out to be', async () => {
    const { gateway } = await through(
      async (request, response) => response.end(await bodyOf(request)),
      {
        limits: { bodyBytes: 1000 },
      },
    );
    const post = (body: string | ReadableStream, more: object = {}) =>
      fetch(`${gateway.url}/open`, { method: 'POST', body, ...more });
    const stream = (bytes: number) => new Blob(['x'.repeat(bytes)]).stream();
    expect((await post('x'.repeat(1000))).status).toBe(200);
    expect((await post('x'.repeat(1001))).status).toBe(413);
    expect((await post(stream(1000), { duplex: 'half' })).status).toBe(200);
    const refused = await post(stream(1001), { duplex: 'half' });
    expect(refused.status).toBe(413);
    expect(await problemOf(refused)).toMatchObject({ type: 'urn:fintech:problem:body-too-large' });
  });

  it('the connection of a refused body is kept, unless it goes on for more than 1 MiB', async () => {
    const { gateway } = await through((_request, response) => response.end());
    const head = (bytes: number) =>
      `POST /v1/payments HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes}\r\n\r\n`;
    const kept = head(1000) + 'x'.repeat(1000) + GET;
    expect((await sendRaw(gateway.port, kept, 400)).text).toMatch(/ 401 [^]* 200 OK/);
    const cut = head(8_000_000) + 'x'.repeat(4_000_000);
    expect(await sendRaw(gateway.port, cut, 2000)).toMatchObject({ isClosed: true });
  });

  it('408 for fields that take too long', async () => {
    const { gateway } = await through((_request, response) => response.end(), {
      limits: { clientHeadersMs: 200 },
    });
    const answer = await sendRaw(gateway.port, 'GET /open HTTP/1.1\r\nHost: loc', 2000);
    expect(answer).toMatchObject({ status: 408, isClosed: true });
    expect(answer.text).toContain('urn:fintech:problem:request-timeout');
  });

  it('408 for a body that takes too long', async () => {
    const { gateway } = await through((request) => request.resume(), {
      limits: { clientHeadersMs: 200, clientRequestMs: 400 },
    });
    const text = 'POST /open HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc';
    expect(await sendRaw(gateway.port, text, 3000)).toMatchObject({ status: 408, isClosed: true });
  });

  it('an early answer of the service does not wait for the rest of the body', async () => {
    const { gateway } = await through((_request, response) => response.writeHead(409).end('no'));
    const head = 'POST /open HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n';
    const answer = await sendRaw(gateway.port, `${head}abc`, 400);
    expect(answer.status).toBe(409);
  });
});

describe('an issuer whose keys cannot be had', () => {
  it('closes the routes with 503, but not the public ones', async () => {
    const { gateway } = await through((_request, response) => response.end('in'), {
      issuerAnswers: false,
    });
    const response = await fetch(`${gateway.url}/v1/payments`, {
      headers: { authorization: bearer() },
    });
    expect(response.status).toBe(503);
    expect(await problemOf(response)).toMatchObject({
      type: 'urn:fintech:problem:keys-unavailable',
    });
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(503);
    expect(await (await fetch(`${gateway.url}/open`)).text()).toBe('in');
    gateway.issuer.answers = true;
    await systemClock.sleep(300);
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
  });
});
