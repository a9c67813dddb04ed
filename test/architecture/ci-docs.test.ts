import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Command } from 'commander';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { VERBS } from '../../src/commands/catalogue.ts';
import { globalOptions } from '../../src/commands/global-flags.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const manifest = JSON.parse(read('package.json')) as {
  name: string;
  version: string;
  files: string[];
  engines: { node: string };
};
const pinned = `${manifest.name}@${manifest.version}`;
const node = manifest.engines.node.replace('>=', '');

interface Step {
  uses?: string;
  with?: Record<string, string | number>;
  run?: string;
  env?: Record<string, string>;
}

const page = read('docs/ci.md');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text = '']) => text,
  );
const [byNpx, sandbox, byAction, gitlab] = blocks('yaml').map((text): unknown => parse(text));
const stepsOf = (workflow: unknown): Step[] =>
  Object.values((workflow as { jobs: Record<string, { steps: Step[] }> }).jobs).flatMap(
    ({ steps }) => steps,
  );
const action = parse(read('action.yml')) as {
  inputs: Record<string, { default: string | number }>;
  runs: { using: string; steps: Step[] };
};

/** Commands of fintech that a text runs, without what runs them. */
function commandsIn(text: string): string[] {
  const joined = text.replaceAll(/\\\n\s*/g, ' ');
  return [...joined.matchAll(/^(?:\s*- )?(?:npx --yes \S+|fintech) (.+)$/gm)].map(
    ([, command = '']) => command,
  );
}

const commands = [
  ...[byNpx, sandbox].flatMap((workflow) =>
    stepsOf(workflow).flatMap(({ run = '' }) => commandsIn(run)),
  ),
  ...(gitlab as { verify: { script: string[] } }).verify.script.flatMap(commandsIn),
  ...blocks('sh').flatMap(commandsIn),
];

describe('docs/ci.md', () => {
  it('runs this version of this package, on the Node it needs', () => {
    const versions = [...page.matchAll(/fintech-sandbox@[\w.-]+/g)].map(([name]) => name);
    expect(new Set(versions)).toEqual(new Set([pinned]));
    const nodes = [byNpx, sandbox].flatMap((workflow) =>
      stepsOf(workflow).flatMap(({ uses, with: given }) =>
        uses?.startsWith('actions/setup-node@') === true ? [String(given?.['node-version'])] : [],
      ),
    );
    expect(nodes).toEqual([node, node]);
    expect(gitlab).toMatchObject({ verify: { image: `node:${node}` } });
  });

  it.each(commands)('names a command and flags that exist: %s', async (line) => {
    const words = line.split(' ');
    const entry = VERBS.find(({ path }) => path === words[0]);
    expect(entry, words[0]).toBeDefined();
    const command = new Command();
    (await entry?.load())?.verb.configure(command);
    const known = new Set([...command.options, ...globalOptions()].map(({ long }) => long));
    expect(words.filter((word) => word.startsWith('--') && !known.has(word))).toEqual([]);
  });

  it('finds a command in each of its jobs', () => {
    expect(commands.length).toBeGreaterThanOrEqual(7);
  });

  it('gives the action inputs that it has', () => {
    const uses = stepsOf(byAction).filter(({ uses }) => uses === `./node_modules/${manifest.name}`);
    expect(uses).toHaveLength(1);
    expect(Object.keys(uses[0]?.with ?? {}).filter((name) => !(name in action.inputs))).toEqual([]);
  });
});

describe('action.yml', () => {
  it('is shipped, brings the Node that fintech needs, and pins its own version', () => {
    expect(manifest.files).toContain('action.yml');
    expect(action.runs.using).toBe('composite');
    expect(action.runs.steps[0]).toMatchObject({ with: { 'node-version': node } });
    expect(action.inputs['version']?.default).toBe(manifest.version);
    expect(read('action.yml')).toContain(`npx --yes "${manifest.name}@$VERSION" verify`);
  });

  it('puts no input into its script', () => {
    expect(action.runs.steps.filter(({ run }) => run?.includes('${{') === true)).toEqual([]);
  });

  it('hands on each line of its inputs as one word', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fintech-action-'));
    writeFileSync(join(folder, 'npx'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const { run = '' } = action.runs.steps[1] ?? {};
    const { stdout } = await execa('bash', ['-eo', 'pipefail', '-c', run], {
      env: {
        PATH: `${folder}${delimiter}${process.env['PATH']}`,
        VERSION: '1.2.3',
        REPORTERS: 'github\njunit=a b.xml\n',
        ARGUMENTS: '--only\nledger/*\n',
        SOURCES: 'dump/*.ndjson\n$(touch pwned)',
      },
    });
    rmSync(folder, { recursive: true });
    expect(stdout.split('\n')).toEqual([
      '--yes',
      'fintech-sandbox@1.2.3',
      'verify',
      '--reporter',
      'github',
      '--reporter',
      'junit=a b.xml',
      '--only',
      'ledger/*',
      'dump/*.ndjson',
      '$(touch pwned)',
    ]);
  });
});
