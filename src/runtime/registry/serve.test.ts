import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/time.ts';
import { depsFor, servedRegistry, temporaryFolder } from './registry-fixture.ts';
import { serveRegistry } from './serve.ts';

describe('a registry as a component', () => {
  it('is live and ready', async () => {
    await using registry = await servedRegistry();
    expect((await registry.get('/health/ready')).text).toBe('{"status":"ready"}');
    expect((await registry.get('/health/live')).status).toBe(200);
  });

  it('says that its port is held, and leaves its data free for the next', async () => {
    await using registry = await servedRegistry();
    using folder = temporaryFolder();
    const start = (port: number) =>
      serveRegistry(
        { dataDir: folder.path, listen: { host: '127.0.0.1', port } },
        depsFor(systemClock),
      );
    const held = Number(new URL(registry.url).port);
    await expect(start(held)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await using second = await start(0);
    expect(second.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('answers its blocked queries when it ends, and ends within a second', async () => {
    await using registry = await servedRegistry();
    const waiting = Array.from({ length: 50 }, () =>
      registry.get('/v1/catalog/services?index=1&wait=60s'),
    );
    await registry.untilBlocked(50);
    const startMs = performance.now();
    await registry[Symbol.asyncDispose]();
    expect(performance.now() - startMs).toBeLessThan(1000);
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status, index }) => [status, index])).toEqual(
      answers.map(() => [200, 1]),
    );
  });

  it('does not let a client that never finishes its request hold its end', async () => {
    await using registry = await servedRegistry();
    const socket = connect(Number(new URL(registry.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      'PUT /v1/agent/service/register HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{',
    );
    await systemClock.sleep(50);
    const startMs = performance.now();
    await registry[Symbol.asyncDispose]();
    expect(performance.now() - startMs).toBeLessThan(1000);
    socket.destroy();
  });
});
