import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fintech, fintechJson, temporaryFolder, write } from './program.ts';

it('a checkpoint of the running sandbox holds for its export, and refuses a store that was reset', async () => {
  using folder = temporaryFolder();
  const cwd = folder.path;
  write(join(cwd, 'fintech.yaml'), 'name: acme\n');
  const append = (data: string) =>
    fintech(['events', 'append', 's', '--type', 'a.b', '--data', data], { cwd });
  const check = (...args: string[]) =>
    fintechJson(['verify', ...args, '--checkpoint', 'log.checkpoint'], { cwd });
  await fintech(['up', '--detach'], { cwd });
  try {
    // Digits, escapes and letters that a reader might write in another way.
    await append('{"a":1.10,"b":12345678901234567890,"c":"\\u00e9 ü"}');
    await append('2');
    const made = await check('sandbox', '--update');
    expect([made.exitCode, made.error]).toEqual([0, null]);
    const note = readFileSync(join(cwd, 'log.checkpoint'), 'utf8');
    const [origin = '', size] = note.split('\n');
    expect([origin, size]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), '2']);
    await append('3');
    writeFileSync(join(cwd, 'log.ndjson'), (await fintech(['events', 'export'], { cwd })).stdout);
    expect((await check('sandbox')).exitCode).toBe(0);
    expect((await check('log.ndjson', '--origin', origin)).exitCode).toBe(0);
    const changed = readFileSync(join(cwd, 'log.ndjson'), 'utf8').replace('1.10', '1.1');
    writeFileSync(join(cwd, 'changed.ndjson'), changed);
    const found = await check('changed.ndjson', '--origin', origin);
    expect([found.exitCode, found.error?.details['found']]).toEqual([3, { 'log/checkpoint': 1 }]);
    await fintech(['down', '--volumes', '--yes'], { cwd });
    await fintech(['up', '--detach'], { cwd });
    const reset = await check('sandbox');
    expect([reset.exitCode, reset.error?.code]).toEqual([2, 'VERIFY_CHECKPOINT']);
    expect(reset.error?.message).toContain('the store was reset since');
  } finally {
    await fintech(['down', '--volumes', '--yes'], { cwd });
  }
});
