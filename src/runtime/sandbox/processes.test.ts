import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { endProcesses, isAlive, markOf } from './processes.ts';

async function startProcess(code: string): Promise<{ pid: number; told: string }> {
  const child = spawn(process.execPath, ['-e', `let told='up';${code};console.log(told)`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const [told] = (await once(child.stdout, 'data')) as [Buffer];
  if (child.pid === undefined) throw new Error('no pid');
  return { pid: child.pid, told: told.toString().trim() };
}

/** A shell that SIGTERM ends at once, and its child that takes its time, then writes a file. */
async function startSlowEnding(
  file: string,
  endsAfterMs = 300,
): Promise<{ leader: number; slow: number }> {
  const code = `
    const end = () => { require('node:fs').writeFileSync('${file}', 'orderly'); process.exit(); };
    process.on('SIGTERM', () => setTimeout(end, ${endsAfterMs}));
    console.log(process.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn('/bin/sh', ['-c', `'${process.execPath}' -e "$CODE"; true`], {
    env: { CODE: code },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const [told] = (await once(child.stdout, 'data')) as [Buffer];
  return { leader: child.pid ?? 0, slow: Number(told.toString()) };
}

function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'fintech-processes-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

describe('a process mark', () => {
  it('is the same while the process lives', () => {
    const mark = markOf(process.pid);
    expect(mark).toBeDefined();
    expect(mark !== undefined && isAlive(mark)).toBe(true);
  });

  it('is not fooled by a pid that another process has now', () => {
    expect(isAlive({ pid: process.pid, startedAt: 'another time' })).toBe(false);
  });

  it('is none for a pid that nobody has', () => {
    expect(markOf(2 ** 22 + 1)).toBeUndefined();
  });
});

describe('endProcesses', () => {
  it('ends a process and what it started', async () => {
    const { pid, told } = await startProcess(
      `const c=require('node:child_process').spawn('sleep',['60']);told=c.pid;setInterval(()=>{},1000)`,
    );
    const mark = markOf(pid);
    await endProcesses(mark === undefined ? [] : [mark], 2000);
    expect(markOf(pid)).toBeUndefined();
    await vi.waitFor(() => expect(markOf(Number(told))).toBeUndefined());
  });

  it('ends a process that ignores SIGTERM', async () => {
    const { pid } = await startProcess(`process.on('SIGTERM',()=>{});setInterval(()=>{},1000)`);
    const mark = markOf(pid);
    await endProcesses(mark === undefined ? [] : [mark], 200);
    expect(markOf(pid)).toBeUndefined();
  });

  it('waits for the whole group, also when its leader goes at once', async () => {
    using folder = temporaryFolder();
    const { leader, slow } = await startSlowEnding(join(folder.path, 'ended'));
    const mark = markOf(leader);
    await endProcesses(mark === undefined ? [] : [mark], 5000);
    expect(markOf(slow)).toBeUndefined();
    expect(readFileSync(join(folder.path, 'ended'), 'utf8')).toBe('orderly');
  });

  it('ends at last a group that ignores SIGTERM, also when its leader goes at once', async () => {
    const { leader, slow } = await startSlowEnding('/not/a/folder/ended', 60_000);
    const mark = markOf(leader);
    await endProcesses(mark === undefined ? [] : [mark], 200);
    expect(markOf(slow)).toBeUndefined();
  });

  it('leaves another process with the same pid alone', async () => {
    const { pid } = await startProcess('setInterval(()=>{},1000)');
    await endProcesses([{ pid, startedAt: 'another time' }], 100);
    expect(markOf(pid)).toBeDefined();
    process.kill(pid, 'SIGKILL');
  });
});
