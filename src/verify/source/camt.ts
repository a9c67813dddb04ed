import { FintechError } from '../../kernel/errors.ts';
import { entryRecord, LISTS, type StatementRecord, statementRecord } from './camt-records.ts';
import { MAX_LINE_BYTES } from './source.ts';
import { type ElementVisitor, elements } from './xml-elements.ts';
import { add, type Branch, branchOf, textAt, type Tree, treeOf } from './xml-tree.ts';

/**
 * The bank statements of ISO 20022 camt.053 as NDJSON: one record for each `Stmt` with its balances,
 * then one for each of its `Ntry`; `camt-records.ts` says what they hold. Namespaces, and so
 * versions, make no difference.
 * @throws FintechError VERIFY_SOURCE where it is broken, cut off, or holds no statement
 */
export async function* statementLines(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const statements = new Statements(name);
  for await (const _ of elements(name, chunks, statements)) yield statements.take();
  statements.end();
}

/** Keeps one statement without its entries, and one entry. */
class Statements implements ElementVisitor {
  readonly #name: string;
  /** From `GrpHdr` or `Stmt` down to the element that is open. */
  readonly #open: { name: string; branch: Branch }[] = [];
  #message: string | undefined;
  /** Of the statement that is open, once its first entry or its end has come. */
  #head: StatementRecord | undefined;
  #number = 0;
  #statements = 0;
  #letters = 0;
  #lines: string[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** The lines since it was last asked. */
  take(): Buffer {
    const lines = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    return lines;
  }

  end(): void {
    if (this.#statements === 0) this.#fail('holds no statement (Stmt) of camt.053');
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    const [top] = this.#open;
    if (top === undefined && name !== 'Stmt' && name !== 'GrpHdr') return;
    if (name === 'Ntry' && this.#isInStatement()) this.#begin(top?.branch ?? {});
    this.#count(name, ...Object.values(attributes));
    this.#open.push({ name, branch: branchOf(attributes) });
  }

  close(name: string, text: string): void {
    const closed = this.#open.pop();
    if (closed === undefined) return;
    this.#count(text);
    const tree = treeOf(closed.branch, text);
    const parent = this.#open.at(-1);
    if (name === 'Ntry' && this.#isInStatement()) this.#entry(tree);
    else if (parent !== undefined) this.#child(parent.branch, name, tree);
    else if (name === 'GrpHdr') this.#message = textAt(tree, 'MsgId');
    else this.#finish(tree);
  }

  #isInStatement(): boolean {
    return this.#open.length === 1 && this.#open[0]?.name === 'Stmt';
  }

  /** By the schema all that is said of the statement itself stands before its entries. */
  #begin(stmt: Tree): StatementRecord {
    if (this.#head === undefined) {
      this.#head = statementRecord(stmt, this.#message);
      this.#emit(this.#head);
      this.#statements++;
    }
    return this.#head;
  }

  #entry(ntry: Tree): void {
    if (this.#head !== undefined) {
      this.#emit(entryRecord(ntry, { of: this.#head, number: ++this.#number }));
    }
  }

  #child(branch: Branch, name: string, tree: Tree): void {
    if (this.#isInStatement() && this.#head !== undefined && name !== 'AddtlStmtInf') {
      this.#fail(`has a ${name} behind an entry of its statement, which camt.053 does not allow`);
    }
    add(branch, { name, tree, lists: LISTS });
  }

  #finish(stmt: Tree): void {
    this.#begin(stmt);
    this.#head = undefined;
    this.#number = 0;
  }

  #emit(record: object): void {
    this.#lines.push(`${JSON.stringify(record)}\n`);
    this.#letters = 0;
  }

  #count(...texts: readonly string[]): void {
    for (const { length } of texts) this.#letters += length;
    if (this.#letters > MAX_LINE_BYTES)
      this.#fail(`has an entry of more than ${MAX_LINE_BYTES} letters`);
  }

  #fail(what: string): never {
    throw new FintechError('VERIFY_SOURCE', `${this.#name} ${what}`, {
      hint: 'XML is read where it is a bank statement, camt.053.',
      details: { file: this.#name },
    });
  }
}
