import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ExportData } from '../../src/app/export-compose.ts';
import { createAjv } from '../../src/kernel/schema.ts';
import { bankWorkspace, fintech, fintechJson, ROOT } from './program.ts';

let bank: Awaited<ReturnType<typeof bankWorkspace>>;
let cwd: string;
beforeAll(async () => {
  bank = await bankWorkspace();
  cwd = bank.root;
});
afterAll(() => bank[Symbol.asyncDispose]());

it('export compose writes the system, says what was not carried, and holds its schema', async () => {
  const { ok, data, warnings } = await fintechJson<ExportData>(['export', 'compose'], { cwd });
  expect({ ok, warnings }).toEqual({ ok: true, warnings: [] });
  const schema = readFileSync(join(ROOT, 'schema/export-compose.schema.json'), 'utf8');
  expect(createAjv().validate(JSON.parse(schema) as object, data)).toBe(true);
  expect(data.services).toEqual([{ name: 'ledger', source: 'dockerfile' }]);
  const compose = parse(readFileSync(join(data.folder, 'compose.yaml'), 'utf8')) as {
    services: object;
  };
  const parts = ['registry', 'identity', 'events', 'gateway', 'ledger'];
  expect(Object.keys(compose.services)).toEqual(parts);
});

it('export compose tells people the files, what is left behind, and what to run', async () => {
  const { stdout, exitCode } = await fintech(['export', 'compose', '--dry-run'], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^Would write to .*deploy\/compose\n {2}[+=] compose\.yaml\n/);
  expect(stdout).toContain('\nNot carried:\n  fintech token mint, and personas\n');
  expect(stdout).not.toContain('Next:');
});

it('export compose suggests a flag that was mistyped, and needs a workspace', async () => {
  const mistyped = await fintech(['export', 'compose', '--image-prefx', 'a'], { cwd });
  expect(mistyped).toMatchObject({ exitCode: 2 });
  expect(mistyped.stderr).toContain('--image-prefix');
  const outside = await fintech(['export', 'compose'], { cwd: '/' });
  expect(outside).toMatchObject({ exitCode: 2 });
  expect(outside.stderr).toContain('CONFIG_NOT_FOUND');
});
