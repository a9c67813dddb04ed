import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { holderOf, portHolder } from './port-holder.ts';

it.each([
  ['/usr/bin/node\0services/x/main.ts\0--watch\0', 'node services/x/main.ts --watch (pid 7)'],
  ['nginx: master process /usr/sbin/nginx', 'nginx: master process /usr/sbin/nginx (pid 7)'],
  ['', 'a process (pid 7)'],
  ['\0\0', 'a process (pid 7)'],
  ['sh\0-c\0\u001b[2Ja\nb', 'sh -c \\u{1b}[2Ja\\u{a}b (pid 7)'],
  ['x'.repeat(80), `${'x'.repeat(80)} (pid 7)`],
  ['x'.repeat(81), `${'x'.repeat(79)}… (pid 7)`],
])('calls %j %s', (command, name) => {
  expect(holderOf(command, '7')).toBe(name);
});

it('names the process by its command line, whatever its threads are called', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const holder = await portHolder((server.address() as AddressInfo).port);
    expect(holder).toMatch(/^node.* \(pid \d+\)$/);
    expect(holder).toContain(`(pid ${process.pid})`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

it('says so when nobody listens, or nobody tells', async () => {
  expect(await portHolder(0)).toBe('another process');
});
