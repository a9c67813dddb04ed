import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FintechError, hasErrnoCode, messageOf } from '../kernel/errors.ts';
import type { Verdict } from '../model/verify-report.ts';
import { type CheckpointKey, openCheckpointKey } from '../runtime/identity/public.ts';
import {
  type Checkpoint,
  checkpointText,
  parseCheckpoint,
} from '../verify/checkpoint/checkpoint.ts';
import type { TreeHead } from '../verify/checkpoint/merkle-tree.ts';
import {
  formatNoteKey,
  isKeyName,
  type NoteKey,
  noteKey,
  parseNoteKey,
} from '../verify/checkpoint/note-key.ts';
import { openNote, writeNote } from '../verify/checkpoint/signed-note.ts';
import type { CheckSettings } from '../verify/contract.ts';
import type { Source } from '../verify/source/source.ts';
import type { Context } from './context.ts';
import { keysFolderOf } from './keys.ts';
import type { Workspace } from './workspace.ts';

export interface CheckpointInput {
  /** Where the checkpoint is kept. */
  file: string;
  /** Whether the next one takes its place when the verdict is good. */
  update: boolean;
  /** What names the log; undefined: as its store or the checkpoint says. */
  origin: string | undefined;
  /** The public key; undefined: `verify.checkpointKey`, else that of the workspace's own. */
  key: string | undefined;
}

interface Place {
  workspace: Workspace | undefined;
  source: Source;
}

interface Signer {
  key: NoteKey;
  own: CheckpointKey;
}

/** A saved checkpoint that a log is held to, and the one that may take its place. */
export class CheckpointFile {
  readonly #context: Context;
  readonly #input: CheckpointInput;
  readonly #saved: Checkpoint | undefined;
  /** What signs the next one; undefined where none is to be saved. */
  readonly #next: { origin: string; signer: Signer } | undefined;
  #head: TreeHead | undefined;

  private constructor(
    context: Context,
    input: CheckpointInput,
    read: { saved: Checkpoint | undefined; next: { origin: string; signer: Signer } | undefined },
  ) {
    this.#context = context;
    this.#input = input;
    this.#saved = read.saved;
    this.#next = read.next;
  }

  /** @throws FintechError VERIFY_CHECKPOINT, KEYS_UNREADABLE, USAGE_INVALID, USAGE_MISSING_VALUE */
  static async open(
    context: Context,
    input: CheckpointInput,
    place: Place,
  ): Promise<CheckpointFile> {
    const note = await readNote(resolve(context.cwd, input.file), input);
    const saved = note === undefined ? undefined : openSaved(context, input, { place, note });
    const origin = await originOf(input, { place, saved });
    if (!input.update) return new CheckpointFile(context, input, { saved, next: undefined });
    const signer = signerOf(context, input, { place, origin });
    return new CheckpointFile(context, input, { saved, next: { origin, signer } });
  }

  /** Whether there is nothing yet that the log could be held to. */
  get isFirst(): boolean {
    return this.#saved === undefined;
  }

  get setting(): CheckSettings['checkpoint'] {
    return { saved: this.#saved?.head, onHead: (head) => void (this.#head = head) };
  }

  /** Puts the log's present state in the file, when asked to and the verdict is good. */
  async save(verdict: Verdict): Promise<void> {
    const [next, head] = [this.#next, this.#head];
    if (next === undefined) return;
    const { file } = this.#input;
    const { reporter, cwd } = this.#context;
    if (verdict !== 'consistent' || head === undefined) {
      return reporter.note(`the checkpoint ${file} stays as it is`);
    }
    const { origin, signer } = next;
    const text = checkpointText({ origin, head });
    await replaceFile(
      resolve(cwd, file),
      writeNote(text, signer.key, (bytes) => signer.own.sign(bytes)),
    );
    reporter.note(`the checkpoint ${file} covers ${head.size} lines of ${origin} now`);
    if (this.isFirst) {
      const key = formatNoteKey(signer.key);
      reporter.note(`to verify it elsewhere: verify: { checkpointKey: ${key} }`);
    }
  }
}

/** The private key is made when a checkpoint is first to be saved. */
function signerOf(
  context: Context,
  input: CheckpointInput,
  { place: { workspace }, origin }: { place: Place; origin: string },
): Signer {
  const named = configuredKey(input, workspace);
  const own = openCheckpointKey(keysFolderOf(context, workspace), { create: true });
  if (named === undefined || named.publicKey.equals(own.publicKey)) {
    return { key: named ?? noteKey(origin, own.publicKey), own };
  }
  throw new FintechError(
    'VERIFY_CHECKPOINT',
    'the checkpoint key here is another than the one that is trusted',
    { hint: 'Update the checkpoint where its private key is, or trust the one of this workspace.' },
  );
}

function openSaved(
  context: Context,
  input: CheckpointInput,
  { place, note }: { place: Place; note: string },
): Checkpoint {
  const key = trustedKey(context, input, { place, note });
  const reading = openNote(note, key);
  if (!reading.ok) throw unusable(input, reading.why);
  const checkpoint = parseCheckpoint(reading.text);
  if (checkpoint === undefined) throw unusable(input, 'its text is no origin, size and root');
  return checkpoint;
}

/** A key of the workspace has the name of the log it signs for, which the note says first. */
function trustedKey(
  context: Context,
  input: CheckpointInput,
  { place: { workspace }, note }: { place: Place; note: string },
): NoteKey {
  const named = configuredKey(input, workspace);
  if (named !== undefined) return named;
  const own = openCheckpointKey(keysFolderOf(context, workspace), { create: false });
  if (own !== undefined) return noteKey(note.slice(0, note.indexOf('\n')), own.publicKey);
  throw new FintechError(
    'VERIFY_CHECKPOINT',
    `no key is known that ${input.file} could be signed by`,
    {
      hint: 'Set verify.checkpointKey or --checkpoint-key to what the first --update printed.',
    },
  );
}

function configuredKey(
  { key }: CheckpointInput,
  workspace: Workspace | undefined,
): NoteKey | undefined {
  const text = key ?? workspace?.config.verify?.checkpointKey;
  if (text === undefined) return undefined;
  const parsed = parseNoteKey(text);
  if (parsed !== undefined) return parsed;
  throw new FintechError('USAGE_INVALID', 'the checkpoint key is no Ed25519 verifier key', {
    hint: 'It is <name>+<8 hex digits>+<base64>, as the first --update prints it.',
  });
}

/** What names the log: its store, else the flag, else the checkpoint. They must not disagree. */
async function originOf(
  input: CheckpointInput,
  { place, saved }: { place: Place; saved: Checkpoint | undefined },
): Promise<string> {
  const { source } = place;
  const said = await source.origin?.();
  const { origin: flag } = input;
  if (flag !== undefined && !isKeyName(flag)) {
    throw new FintechError('USAGE_INVALID', `--origin ${flag} cannot name a log`, {
      hint: 'A name has no white space, no control characters and no +.',
    });
  }
  if (said !== undefined && flag !== undefined && said !== flag) {
    throw new FintechError('USAGE_INVALID', `${source.name} is log ${said}, not ${flag}`, {
      hint: 'Leave --origin out: the store says it itself.',
    });
  }
  const origin = said ?? flag ?? saved?.origin;
  if (origin === undefined) {
    throw new FintechError('USAGE_MISSING_VALUE', 'a first checkpoint needs a name for its log', {
      hint: `Name it for ever: --origin ${place.workspace?.config.name ?? 'acme'}/ledger`,
    });
  }
  if (saved === undefined || saved.origin === origin) return origin;
  throw otherLog(input, { saved: saved.origin, origin, isStore: said !== undefined });
}

function otherLog(
  { file }: CheckpointInput,
  { saved, origin, isStore }: { saved: string; origin: string; isStore: boolean },
): FintechError {
  const reset = isStore
    ? 'the store was reset since, or this is another one'
    : 'this is another log';
  return new FintechError(
    'VERIFY_CHECKPOINT',
    `${file} is a checkpoint of log ${saved}, and this is ${origin}: ${reset}`,
    {
      hint: 'If that is meant to be, delete the file and make a first checkpoint with --update.',
      details: { file, saved, origin },
    },
  );
}

async function readNote(path: string, input: CheckpointInput): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!hasErrnoCode(error, 'ENOENT')) throw unusable(input, messageOf(error));
    if (input.update) return undefined;
    throw new FintechError('VERIFY_CHECKPOINT', `there is no checkpoint ${input.file}`, {
      hint: 'Make the first one with --update.',
    });
  }
}

function unusable({ file }: CheckpointInput, why: string): FintechError {
  return new FintechError('VERIFY_CHECKPOINT', `${file} cannot be trusted: ${why}`, {
    hint: 'Take it from where it was kept, such as git.',
    details: { file },
  });
}

/** Whole or not at all: a reader never sees half a note. */
async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new FintechError('USAGE_INVALID', `cannot write ${path}: ${messageOf(error)}`, {
      hint: 'Name a file in a folder that exists and may be written.',
      cause: error,
    });
  }
}
