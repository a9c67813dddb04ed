import { readEnvironment } from './platform/environment.ts';
import { startService } from './service.ts';

/** Whoever stops us waits no longer before it kills. */
const STOP_MS = 4500;

const service = await startService(readEnvironment(process.env));

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_MS).unref();
    void service[Symbol.asyncDispose]().then(() => process.exit(0));
  });
}
