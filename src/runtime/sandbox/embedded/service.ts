import { existsSync, mkdirSync } from 'node:fs';
import { execa } from 'execa';
import { messageOf } from '../../../kernel/errors.ts';
import type { UnitState } from '../driver.ts';
import type { EmbeddedDeps } from './deps.ts';
import type { EmbeddedUnit } from './unit.ts';
import { LogFile } from '../log-file.ts';
import type { ServiceProcess, Unit } from '../plan.ts';
import { endProcesses, markOf, type ProcessMark } from '../processes.ts';
import { probe, until } from '../readiness.ts';
import { forEachLine } from './service-output.ts';
import type { RunnerMessage } from '../service-runner.ts';
import { UnitStateMachine } from './unit-states.ts';

const STOP_GRACE_MS = 7000;
const LAST_OUTPUT_MS = 500;

type ServiceUnit = Unit & { process: ServiceProcess };

/**
 * Starts a service under its runner (`fintech serve service`), a child of this process that ends
 * with it: the runner watches its standard input, which closes whatever becomes of us.
 */
export function startService(unit: ServiceUnit, deps: EmbeddedDeps): EmbeddedUnit {
  return new EmbeddedService(unit, deps);
}

class EmbeddedService implements EmbeddedUnit {
  readonly unit: ServiceUnit;
  why: string | undefined;
  readonly #deps: EmbeddedDeps;
  readonly #file: LogFile;
  readonly #machine = new UnitStateMachine();
  readonly #runner: Runner;
  readonly #runnerMark: ProcessMark | undefined;
  readonly #runnerEnded: Promise<void>;
  readonly #output: Promise<unknown>;
  #command: ProcessMark | undefined;
  #probing = new AbortController();

  constructor(unit: ServiceUnit, deps: EmbeddedDeps) {
    this.unit = unit;
    this.#deps = deps;
    this.#file = new LogFile(deps.logPath(unit.name), deps.clock);
    this.#machine.move('starting');
    this.#runner = startRunner(unit, deps);
    const { pid, stdout, stderr } = this.#runner;
    this.#runnerMark = pid === undefined ? undefined : markOf(pid);
    this.#runner.nodeChildProcess.on('message', (message) => this.#hear(message as RunnerMessage));
    this.#runnerEnded = whenEnded(this.#runner);
    this.#output = Promise.all([this.#forward(stdout), this.#forward(stderr)]);
    void this.#supervise();
  }

  get state(): UnitState {
    return this.#machine.state;
  }

  get processes(): ProcessMark[] {
    return [this.#command, this.#runnerMark].filter((mark) => mark !== undefined);
  }

  get lastLines(): readonly string[] {
    return this.#file.lastLines;
  }

  markReady(): void {
    if (this.state === 'starting') this.#machine.move('ready');
  }

  async stop(): Promise<void> {
    this.#machine.move('stopped');
    this.#probing.abort();
    this.#runner.stdin.end();
    await this.#atMost(STOP_GRACE_MS, this.#runnerEnded);
    await endProcesses(this.processes, STOP_GRACE_MS);
    // A process that left the group of its service may hold the pipe open.
    await this.#atMost(LAST_OUTPUT_MS, this.#output);
    this.#file.flush();
  }

  async #supervise(): Promise<void> {
    await this.#runnerEnded;
    if (this.state === 'stopped') return;
    this.#probing.abort();
    this.why = await this.#whyRunnerEnded();
    this.#say(this.why);
    this.#machine.move('crashed');
    await endProcesses(this.#command === undefined ? [] : [this.#command], STOP_GRACE_MS);
    this.#noteChange();
  }

  /** Node calls the program not found where it is the folder that is missing. */
  async #whyRunnerEnded(): Promise<string> {
    const { folder } = this.unit.process;
    if (!existsSync(folder)) return `there is no folder ${folder}`;
    if (this.#runnerMark !== undefined) return 'its runner ended';
    return `its runner did not start: ${messageOf((await this.#runner).cause)}`;
  }

  #hear(message: RunnerMessage): void {
    if (this.state === 'stopped') return;
    try {
      this.#take(message);
    } catch (error) {
      this.#say(`a word of its runner was not understood: ${messageOf(error)}`);
    }
  }

  #take(message: RunnerMessage): void {
    if (message.state === 'unwatched') return this.#say(message.why);
    this.#probing.abort();
    if (message.state === 'running') {
      this.#command = message.process;
      this.#machine.move('starting');
      void this.#awaitAnswer();
    } else {
      this.why = message.why;
      this.#machine.move(message.state);
    }
    this.#noteChange();
  }

  /** Each run of the command is starting until it answers; from then on silence means unready. */
  async #awaitAnswer(): Promise<void> {
    this.#probing = new AbortController();
    const { signal } = this.#probing;
    const { url, readyPath } = this.unit;
    const answered = until(() => probe(`${url}${readyPath}`), { clock: this.#deps.clock, signal });
    await answered.catch(() => undefined);
    if (!signal.aborted) this.markReady();
  }

  async #forward(output: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      await forEachLine(output, (line) => {
        this.#file.write(line);
        this.#deps.onLine(this.unit.name, line);
      });
    } catch (error) {
      this.#say(`its output is lost from here on: ${messageOf(error)}`);
    }
  }

  #noteChange(): void {
    try {
      this.#deps.onChange();
    } catch (error) {
      this.#say(`its processes could not be noted down: ${messageOf(error)}`);
    }
  }

  /** Adds a line of our own to what the service prints. */
  #say(text: string): void {
    this.#file.write(`[fintech: ${text}]`);
  }

  async #atMost(ms: number, work: Promise<unknown>): Promise<void> {
    const waited = Promise.withResolvers<void>();
    using _timer = this.#deps.clock.after(ms, () => waited.resolve());
    await Promise.race([work, waited.promise]);
  }
}

type Runner = ReturnType<typeof startRunner>;

function startRunner({ environment, process: service }: ServiceUnit, deps: EmbeddedDeps) {
  const dataFolder = environment['DATA_DIR'];
  if (dataFolder !== undefined) mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  return execa(deps.self.node, [deps.self.entry, ...runnerArguments(service, deps)], {
    cwd: service.folder,
    env: { ...deps.environment, ...environment },
    extendEnv: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    ipc: true,
    buffer: false,
    detached: true,
    reject: false,
  });
}

/**
 * Resolves when it exited and its last message was heard, or when it could not start. Its pipes may
 * stay open in what it started.
 */
async function whenEnded(runner: Runner): Promise<void> {
  if (runner.pid === undefined) return void (await runner);
  const events = ['exit', 'disconnect'].map(
    (event) =>
      new Promise<void>((resolve) => {
        runner.nodeChildProcess.once(event, () => resolve());
      }),
  );
  await Promise.all(events);
}

function runnerArguments({ command, watch }: ServiceProcess, { self }: EmbeddedDeps): string[] {
  const watched = watch.flatMap((folder) => ['--watch', folder]);
  const program = command === undefined ? [self.node, 'src/main.ts'] : ['/bin/sh', '-c', command];
  return ['serve', 'service', ...watched, '--', ...program];
}
