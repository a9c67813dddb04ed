import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseCheckpoint } from '../checkpoint/checkpoint.ts';
import { parseNoteKey } from '../checkpoint/note-key.ts';
import { openNote } from '../checkpoint/signed-note.ts';
import type { CheckSettings } from '../contract.ts';
import { payloadValidator } from '../payload/payload-validator.ts';
import { ledgerProjection } from '../projection/ledger-projections.ts';
import type { Projection } from '../projection/projection.ts';
import { type ReadModel, readSnapshot } from '../projection/read-model.ts';
import { readProjection } from '../user/user-code.ts';
import { userProjection } from '../user/user-projection.ts';
import { heldTo } from './tree-head.ts';

/** What a recorded log is held to: its schemas, and the checkpoint, live balances and projection of its name. */
export async function settingsBeside(
  folder: string,
  name: string,
): Promise<Partial<CheckSettings>> {
  const [note, balances, projection] = ['checkpoint', 'balances', 'projection.ts'].map((end) => {
    const file = join(folder, `${name}.${end}`);
    return existsSync(file) ? file : undefined;
  });
  const schemas = join(folder, 'schemas.json');
  return {
    ...(existsSync(schemas) && { schemas: await schemasIn(schemas) }),
    ...(note !== undefined && (await checkpointIn(folder, note))),
    ...(balances !== undefined && { readModels: [await balancesIn(balances)] }),
    ...(projection !== undefined && { projections: [await projectionIn(projection)] }),
  };
}

async function schemasIn(file: string): Promise<CheckSettings['schemas']> {
  const schemas = JSON.parse(await readFile(file, 'utf8')) as Record<string, object>;
  return new Map(Object.entries(schemas).map(([type, schema]) => [type, payloadValidator(schema)]));
}

async function checkpointIn(folder: string, note: string): Promise<Partial<CheckSettings>> {
  const key = parseNoteKey((await readFile(join(folder, 'key.pub'), 'utf8')).trim());
  const opened = key && openNote(await readFile(note, 'utf8'), key);
  const saved = opened?.ok === true ? parseCheckpoint(opened.text) : undefined;
  if (saved === undefined) throw new Error(`${note} is no checkpoint by its key`);
  return heldTo(saved.head);
}

async function balancesIn(file: string): Promise<ReadModel> {
  const options = { place: 'ledger', maxKeys: 100 };
  const snapshot = await readSnapshot(createReadStream(file), options);
  return { place: options.place, projection: ledgerProjection(100), ...snapshot };
}

async function projectionIn(file: string): Promise<Projection> {
  const { default: exported } = (await import(file)) as { default: unknown };
  return userProjection(readProjection(exported, basename(file)));
}
