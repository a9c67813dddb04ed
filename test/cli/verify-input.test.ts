import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateLog } from '../../src/verify/testing/generate-log.ts';
import { ndjson } from '../../src/verify/testing/log-writer.ts';
import { cleanEnvironment, ENTRY, type Envelope, temporaryFolder } from './program.ts';

interface Report {
  verdict: string;
  events: number;
  interrupted?: true;
}

let folder: ReturnType<typeof temporaryFolder>;
let cwd: string;
beforeEach(() => {
  folder = temporaryFolder();
  cwd = folder.path;
});
afterEach(() => folder[Symbol.dispose]());

/** A clean log of so many events. */
const log = (events: number) => ndjson(generateLog({ seed: 'input', events }).writer.events);

const start = (args: string[]) =>
  execa(process.execPath, [ENTRY, 'verify', ...args], {
    cwd,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
    stdin: 'pipe',
  });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('Ctrl-C half-way', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('prints what was found by then: %s', async (signal, exitCode) => {
    const program = start(['-', '--json', '--reporter', 'junit=report.xml']);
    // More than a pipe holds: once it is taken, much of it was read.
    const bytes = log(3000);
    await new Promise((resolve) => program.stdin.write(bytes, resolve));
    await pause(500);
    program.kill(signal);
    const ended = await program;
    const { data, error } = JSON.parse(ended.stdout) as Envelope<Report>;
    expect(data).toMatchObject({ interrupted: true, verdict: 'inconclusive' });
    expect(data.events).toBeGreaterThan(100);
    expect([error?.code, ended.exitCode]).toEqual(['INTERRUPTED', exitCode]);
    expect(readFileSync(join(cwd, 'report.xml'), 'utf8')).toMatch(/^<\?xml/);
  });
});
