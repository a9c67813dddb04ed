import { jsonLog, type Log } from '../../kernel/log.ts';
import { systemRandom } from '../../kernel/random.ts';
import { systemClock } from '../../kernel/time.ts';
import { serveEvents } from './serve.ts';

/** The event store in a process of its own, to be killed: `node serve-child.fixture.ts <options>`. */
const options = JSON.parse(process.argv[2] ?? '') as {
  dataDir: string;
  issuer: string;
  jwksUrl: string;
};
const toStderr = jsonLog('events', systemClock, (line) => void process.stderr.write(line));
const log: Log = (level, ...rest) => (level === 'info' ? undefined : toStderr(level, ...rest));
const { url } = await serveEvents(
  { ...options, engine: 'sqlite', listen: { host: '127.0.0.1', port: 0 } },
  { clock: systemClock, random: systemRandom, log },
);
process.stdout.write(`${url}\n`);
