import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import { execa } from 'execa';
import type { SshAddress } from './engine-address.ts';

/** What `ssh` may say before it is cut off, in characters. */
const MAX_STDERR = 64 * 1024;

/**
 * Reaches an engine as Docker's own client does: `ssh` runs `docker system dial-stdio` over there.
 * So the user's keys, known hosts and `~/.ssh/config` hold, which the client's built-in SSH would
 * not look at. Each connection is a login of its own; `ControlMaster` in `~/.ssh/config` shares one.
 */
export class SshAgent extends Agent {
  readonly #address: SshAddress;
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(address: SshAddress, environment: Readonly<Record<string, string | undefined>>) {
    super();
    this.#address = address;
    this.#environment = environment;
  }

  override createConnection(): Duplex {
    const child = execa('ssh', sshArguments(this.#address), {
      env: this.#environment,
      extendEnv: false,
      buffer: { stdout: false, stderr: true },
      maxBuffer: MAX_STDERR,
    });
    const stream = child.duplex();
    // Destroyed, it would wait for its program to end by itself: a hanging login never does.
    const destroy = stream.destroy.bind(stream);
    stream.destroy = (error) => {
      if (!stream.readableEnded) child.kill();
      return destroy(error);
    };
    return stream;
  }
}

/** `BatchMode`: a question for a password could not be answered in time, nor once a connection. */
function sshArguments({ host, user, port, socketPath }: SshAddress): string[] {
  const login = user === undefined ? [] : ['-l', user];
  const door = port === undefined ? [] : ['-p', String(port)];
  const socket = socketPath === undefined ? [] : ['--host', `unix://${socketPath}`];
  const options = ['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30', ...login, ...door];
  return [...options, '--', host, 'docker', ...socket, 'system', 'dial-stdio'];
}
