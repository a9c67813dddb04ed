import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TourStep } from '../../src/app/demo-tour.ts';
import { fintech, fintechJson, ROOT, temporaryFolder, write } from './program.ts';

const NO_ENGINE = { DOCKER_HOST: 'unix:///nowhere.sock' };

/** What differs from run to run, made the same. */
function settled(text: string): string {
  return text.replaceAll(/\d+(?:\.\d+)? m?s\b/g, 'N s').replaceAll(/"[0-9a-f-]{4,}…?"/g, '"ID"');
}

/** The session the README shows, a line for each of the tool's. */
function readmeSession(): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const session = /\$ npx fintech demo\n([^`]*(?:`[^`]+`[^`]*)*?)```/.exec(readme)?.[1] ?? '';
  return session.trimEnd().split('\n');
}

describe('demo', () => {
  it('is embedded and works where there is no Docker, whatever FINTECH_ variables say of another workspace', async () => {
    using folder = temporaryFolder();
    const elsewhere = join(folder.path, 'elsewhere');
    write(join(elsewhere, 'fintech.yaml'), 'name: elsewhere\nsandbox: { driver: docker }\n');
    write(join(elsewhere, '.fintech/data/kept'), 'data of another workspace');
    const temporary = join(folder.path, 'tmp');
    mkdirSync(temporary);
    const { stdout, exitCode } = await fintech(['demo'], {
      cwd: elsewhere,
      env: {
        ...NO_ENGINE,
        TMPDIR: temporary,
        FINTECH_DRIVER: 'docker',
        FINTECH_CONFIG: join(elsewhere, 'fintech.yaml'),
        FINTECH_KEYS: join(elsewhere, 'keys'),
      },
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('> fintech up --driver embedded --detach');
    expect(readdirSync(temporary)).toEqual([]);
    expect(existsSync(join(elsewhere, '.fintech/data/kept'))).toBe(true);
    expect(existsSync(join(elsewhere, 'keys'))).toBe(false);
  });

  it('prints the session that the README shows', async () => {
    using folder = temporaryFolder();
    const { data } = await fintechJson<{ steps: TourStep[] }>(['demo'], { cwd: folder.path });
    const printed = data.steps.flatMap(({ command, shown }) => [
      `> ${command}`,
      ...shown.map((line) => `  ${line}`),
    ]);
    const shown = readmeSession();
    // The README breaks and shortens what names events by their ids.
    const isLong = (line: string) => /inconsistent: |equal to credits|changed event: /.test(line);
    expect(shown.filter((line) => !isLong(line)).map(settled)).toEqual(
      printed.filter((line) => !isLong(line)).map(settled),
    );
  });

  it('in Docker, without an engine, ends with 5 and what to do, and leaves nothing', async () => {
    using folder = temporaryFolder();
    const { error, exitCode } = await fintechJson(['demo', '--driver', 'docker'], {
      cwd: folder.path,
      env: { ...NO_ENGINE, TMPDIR: folder.path },
    });
    expect(exitCode).toBe(5);
    expect(error).toMatchObject({ code: 'SANDBOX_DRIVER_ABSENT', hint: expect.any(String) });
    expect(error?.message).toContain('unix:///nowhere.sock');
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('refuses a driver that it does not have', async () => {
    using folder = temporaryFolder();
    const answer = await fintechJson(['demo', '--driver', 'auto'], { cwd: folder.path });
    expect([answer.exitCode, answer.error?.code]).toEqual([2, 'USAGE_INVALID']);
  });
});
