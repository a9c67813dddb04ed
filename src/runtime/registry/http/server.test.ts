import { expect, it } from 'vitest';
import { heldFor } from '../../../kernel/dripping-client.fixture.ts';
import { silentLog } from '../../../kernel/log.ts';
import { apiServer } from './server.ts';

it.each([
  ['header', 'GET /v1/status/leader HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
  ['body', 'PUT /v1/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n'],
])('a request whose %s drips is cut off within 2 s of its time', async (_part, text) => {
  const slow = { method: 'PUT', path: '/v1/slow', handle: () => ({ json: null }) } as const;
  const app = apiServer([slow], { log: silentLog, requestTimeoutMs: 500 });
  const heldMs = await heldFor(await app.listen({ host: '127.0.0.1', port: 0 }), text);
  await app.close();
  expect(heldMs).toBeGreaterThan(400);
  expect(heldMs).toBeLessThan(2500);
});
