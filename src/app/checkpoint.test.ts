import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FintechError } from '../kernel/errors.ts';
import { ndjson } from '../verify/testing/log-writer.ts';
import { bank } from '../verify/testing/scenario.ts';
import type { CheckpointInput } from './checkpoint.ts';
import { tokenBench } from './tokens.fixture.ts';
import { verify, type VerifyInput } from './verify.ts';
import { VERIFY_INPUT } from './verify-input.fixture.ts';

const CHECKPOINT: CheckpointInput = {
  file: 'ledger.checkpoint',
  update: false,
  origin: undefined,
  key: undefined,
};
const events = bank().fund(100).step('bob', 'frozen').events;
const overspent = bank().post('t', [
  ['alice', 'debit', 1],
  ['bob', 'credit', 1],
]).events;

function bench({ config = 'name: bank\n' }: { config?: string } = {}) {
  const made = tokenBench(config);
  const at = (name: string) => join(made.context.cwd, name);
  const log = (lines: readonly object[]) => writeFileSync(at('log.ndjson'), ndjson(lines));
  log(events.slice(0, 4));
  const run = (checkpoint: Partial<CheckpointInput> = {}, input: Partial<VerifyInput> = {}) =>
    verify(made.context, {
      ...VERIFY_INPUT,
      checkpoint: { ...CHECKPOINT, ...checkpoint },
      ...input,
    });
  const note = () => readFileSync(at('ledger.checkpoint'), 'utf8');
  const first = () => run({ update: true, origin: 'acme/ledger' });
  return { ...made, at, log, run, note, first, [Symbol.dispose]: () => made[Symbol.dispose]() };
}

const found = (outcome: Awaited<ReturnType<typeof verify>>) => outcome.failure?.details['found'];

test('the first --update saves a note and makes the key, for its owner only', async () => {
  using at = bench();
  const { failure } = await at.first();
  expect(failure).toBeUndefined();
  expect(at.note()).toMatch(/^acme\/ledger\n4\n\S{44}\n\n\u2014 acme\/ledger \S+\n$/);
  const key = at.at('.fintech/keys/checkpoint.pem');
  expect(statSync(key).mode & 0o777).toBe(0o600);
  expect(at.notes.join('\n')).toMatch(/checkpointKey: acme\/ledger\+[0-9a-f]{8}\+\S+/);
});

test('a log that grew passes and moves the checkpoint on; without --update the file stays', async () => {
  using at = bench();
  await at.first();
  const before = at.note();
  at.log(events);
  expect((await at.run()).failure).toBeUndefined();
  expect(at.note()).toBe(before);
  expect((await at.run({ update: true })).failure).toBeUndefined();
  expect(at.note().split('\n')[1]).toBe('5');
  expect(existsSync(at.at('ledger.checkpoint.new'))).toBe(false);
});

test('a log cut back is inconsistent, and the checkpoint stays as it was', async () => {
  using at = bench();
  await at.first();
  const before = at.note();
  at.log(events.slice(0, 3));
  const outcome = await at.run({ update: true });
  expect(found(outcome)).toEqual({ 'log/checkpoint': 1 });
  expect(outcome.data.report.findings[0]).toMatchObject({
    message: expect.stringContaining('rolled back') as string,
    reproduce: 'fintech verify log.ndjson --checkpoint ledger.checkpoint --only log/checkpoint',
  });
  expect(at.note()).toBe(before);
});

test('a history that was rewritten is told whatever part is asked for', async () => {
  using at = bench();
  await at.first();
  at.log(bank().fund(90).step('bob', 'frozen').events);
  expect(found(await at.run({}, { since: 4n }))).toEqual({ 'log/checkpoint': 1 });
});

test('a first checkpoint is not made of a log that is inconsistent', async () => {
  using at = bench();
  at.log(overspent);
  expect(found(await at.first())).toEqual({ 'ledger/limits': 1 });
  expect(existsSync(at.at('ledger.checkpoint'))).toBe(false);
});

test('where it is required, the first run may lack it, and later ones may not', async () => {
  using at = bench({ config: 'name: bank\nverify: { require: [log/checkpoint] }\n' });
  expect((await at.first()).failure).toBeUndefined();
  expect((await at.run()).failure).toBeUndefined();
  expect((await verify(at.context, VERIFY_INPUT)).failure?.code).toBe('VERIFY_INCONCLUSIVE');
});

test('elsewhere, the public key of fintech.yaml or of a flag is enough, and it cannot update', async () => {
  using at = bench();
  await at.first();
  const [, key = ''] = /checkpointKey: (\S+)/.exec(at.notes.join('\n')) ?? [];
  using ci = bench({ config: `name: bank\nverify: { checkpointKey: '${key}' }\n` });
  writeFileSync(ci.at('ledger.checkpoint'), at.note());
  expect((await ci.run()).failure).toBeUndefined();
  await expect(ci.run({ update: true })).rejects.toMatchObject({
    code: 'VERIFY_CHECKPOINT',
    message: 'the checkpoint key here is another than the one that is trusted',
  });
  using bare = bench();
  writeFileSync(bare.at('ledger.checkpoint'), at.note());
  expect((await bare.run({ key })).failure).toBeUndefined();
  await expect(bare.run()).rejects.toThrow('no key is known');
  expect(existsSync(bare.at('.fintech/keys/checkpoint.pem'))).toBe(false);
});

test.each<[string, (note: string) => string, string]>([
  ['unsigned', (note) => note.slice(0, note.indexOf('\n\n') + 1), 'it is not signed'],
  ['changed', (note) => note.replace('\n4\n', '\n3\n'), 'its signature is wrong'],
  ['empty', () => '', 'it is not signed'],
])('a note that is %s is an error, no finding', async (_, change, why) => {
  using at = bench();
  await at.first();
  writeFileSync(at.at('ledger.checkpoint'), change(at.note()));
  const failure: unknown = await at.run().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(FintechError);
  expect(failure).toMatchObject({ code: 'VERIFY_CHECKPOINT', exitCode: 2 });
  expect(String(failure)).toContain(why);
});

test('a note signed by another workspace is an error', async () => {
  using ours = bench();
  using theirs = bench();
  await ours.first();
  await theirs.first();
  writeFileSync(ours.at('ledger.checkpoint'), theirs.note());
  await expect(ours.run()).rejects.toThrow('it is signed by another key (acme/ledger)');
});

test('a checkpoint key that is damaged or open to others is refused, and not made anew', async () => {
  using at = bench();
  await at.first();
  const key = at.at('.fintech/keys/checkpoint.pem');
  chmodSync(key, 0o644);
  await expect(at.run()).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
  chmodSync(key, 0o600);
  writeFileSync(key, 'x');
  await expect(at.run()).rejects.toThrow('it holds no Ed25519 key');
});

test('what cannot be meant is refused', async () => {
  using at = bench();
  await expect(at.run()).rejects.toThrow('there is no checkpoint ledger.checkpoint');
  await expect(at.run({ update: true })).rejects.toMatchObject({ code: 'USAGE_MISSING_VALUE' });
  await expect(at.run({ update: true, origin: 'a b' })).rejects.toThrow('cannot name a log');
  await expect(at.run({ update: true, origin: 'a', key: 'x' })).rejects.toThrow(
    'is no Ed25519 verifier key',
  );
  await at.first();
  await expect(at.run({ origin: 'other' })).rejects.toThrow(
    'ledger.checkpoint is a checkpoint of log acme/ledger, and this is other: this is another log',
  );
  await expect(at.run({}, { only: ['ledger/*'] })).rejects.toThrow('log/checkpoint is left out');
  await expect(at.run({}, { sources: ['log.ndjson', '-'] })).rejects.toThrow('of one log');
  await expect(at.run({ file: '.', update: true })).rejects.toMatchObject({
    code: 'VERIFY_CHECKPOINT',
  });
  rmSync(at.at('ledger.checkpoint'));
  await expect(
    at.run({ file: 'nowhere/x', update: true, origin: 'acme/ledger' }),
  ).rejects.toMatchObject({ code: 'USAGE_INVALID' });
});
