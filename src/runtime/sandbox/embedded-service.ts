import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { EmbeddedDeps } from './embedded.ts';
import type { EmbeddedUnit } from './embedded-unit.ts';
import { LogFile } from './log-file.ts';
import type { ServiceProcess, Unit } from './plan.ts';
import { endProcesses, markOf } from './processes.ts';
import type { RunnerMessage } from './service-runner.ts';
import type { ProcessMark } from './state.ts';
import { UnitStateMachine } from './unit-states.ts';

const STOP_GRACE_MS = 7000;

/**
 * Starts a service under its runner (`fintech serve service`), a child of this process that ends
 * with it: the runner watches its standard input, which closes whatever becomes of us.
 */
export function startService(
  unit: Unit & { process: ServiceProcess },
  deps: EmbeddedDeps,
): EmbeddedUnit {
  const file = new LogFile(deps.logPath(unit.name), deps.clock);
  const machine = new UnitStateMachine();
  machine.move('starting');
  const dataFolder = unit.environment['DATA_DIR'];
  if (dataFolder !== undefined) mkdirSync(dataFolder, { recursive: true, mode: 0o700 });

  const child = execa(deps.self.node, [deps.self.entry, ...runnerArguments(unit.process, deps)], {
    cwd: unit.process.folder,
    env: { ...deps.inherited, ...unit.environment },
    extendEnv: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    ipc: true,
    buffer: false,
    detached: true,
    reject: false,
  });
  const runner = child.pid === undefined ? undefined : markOf(child.pid);
  let command: ProcessMark | undefined;
  let why: string | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      file.write(line);
      deps.onLine(unit.name, line);
    });
  }
  const listen = async () => {
    for await (const received of child.getEachMessage()) {
      const message = received as RunnerMessage;
      if (machine.state === 'stopped') return;
      if (message.state === 'running') command = message.process;
      else why = message.why;
      machine.move(message.state === 'running' ? 'starting' : message.state);
      deps.onChange();
    }
  };
  const watchRunner = async () => {
    await Promise.allSettled([listen(), child]);
    if (machine.state === 'stopped') return;
    why ??= 'its runner ended';
    machine.move('crashed');
    await endProcesses(command === undefined ? [] : [command], STOP_GRACE_MS);
    deps.onChange();
  };
  void watchRunner();
  return {
    unit,
    get state() {
      return machine.state;
    },
    get processes() {
      return [command, runner].filter((mark) => mark !== undefined);
    },
    get lastLines() {
      return file.lastLines;
    },
    get why() {
      return why;
    },
    markReady: () => {
      if (machine.state === 'starting') machine.move('ready');
    },
    stop: async () => {
      machine.move('stopped');
      child.stdin.end();
      const waited = Promise.withResolvers<void>();
      using _grace = deps.clock.after(STOP_GRACE_MS, () => waited.resolve());
      await Promise.race([child, waited.promise]);
      await endProcesses(
        [command, runner].filter((mark) => mark !== undefined),
        STOP_GRACE_MS,
      );
      file.flush();
    },
  };
}

function runnerArguments({ command, watch }: ServiceProcess, { self }: EmbeddedDeps): string[] {
  const watched = watch.flatMap((folder) => ['--watch', folder]);
  const program = command === undefined ? [self.node, 'src/main.ts'] : ['/bin/sh', '-c', command];
  return ['serve', 'service', ...watched, '--', ...program];
}
