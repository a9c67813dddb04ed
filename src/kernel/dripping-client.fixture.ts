import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

/**
 * Sends the text, then one byte after the other, deaf to the server's end of the connection.
 * @returns ms until the server let go of it
 */
export async function heldFor(url: string, text: string): Promise<number> {
  const startMs = performance.now();
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const drip = setInterval(() => socket.write('x'), 50);
  socket.write(text);
  // Being reset is one way to be let go.
  socket.on('error', () => {}).resume();
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(drip);
  return performance.now() - startMs;
}
