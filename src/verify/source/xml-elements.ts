import { SaxesParser } from 'saxes';
import { FintechError, messageOf } from '../../kernel/errors.ts';
import { MAX_LINE_BYTES } from './source.ts';
import { peek } from './peek.ts';
import { textOf } from './text.ts';

const MAX_DEPTH = 128;
/** An XML declaration stands in the first bytes, in ASCII whatever the encoding. */
const MAX_DECLARATION_BYTES = 200;
const ENCODING = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/;

/** Told of each element as it ends, by its name without a prefix. */
export interface ElementVisitor {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  /** @param text what stood directly inside it, trimmed */
  close(name: string, text: string): void;
}

/**
 * Reads XML as it comes. Entities of its own and external ones are refused with the document type
 * that would declare them, so that none can grow or reach out.
 * @returns after each chunk, so that what the visitor made can be handed on
 * @throws FintechError VERIFY_SOURCE at the line where it is broken
 */
export async function* elements(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  visitor: ElementVisitor,
): AsyncGenerator<void> {
  const { head, all } = await peek(chunks, ({ length }) => length >= MAX_DECLARATION_BYTES);
  const reader = new XmlReader(name, visitor);
  const encoding = ENCODING.exec(head.toString('latin1'))?.[1];
  for await (const text of textOf(name, all, encoding)) {
    reader.read(text);
    yield;
  }
  reader.end();
}

class XmlReader {
  readonly #name: string;
  readonly #parser = new SaxesParser({ position: true, xmlns: false });
  #texts: string[] = [];
  /** Letters since the last tag: a parser keeps them all. */
  #sinceTag = 0;

  constructor(name: string, visitor: ElementVisitor) {
    this.#name = name;
    const parser = this.#parser;
    parser.on('error', (error) => this.#fail(messageOf(error).replace(/^\d+:\d+: /, '')));
    parser.on('doctype', () =>
      this.#fail('a document type, which may declare entities, is not read'),
    );
    parser.on('opentag', ({ name: tag, attributes }) => {
      if (this.#texts.push('') > MAX_DEPTH) this.#fail(`nested more than ${MAX_DEPTH} levels`);
      this.#sinceTag = 0;
      visitor.open(local(tag), attributes);
    });
    parser.on('text', (text) => this.#keep(text));
    parser.on('cdata', (text) => this.#keep(text));
    parser.on('closetag', ({ name: tag }) => {
      this.#sinceTag = 0;
      visitor.close(local(tag), (this.#texts.pop() ?? '').trim());
    });
  }

  read(text: string): void {
    this.#sinceTag += text.length;
    this.#parser.write(text);
    if (this.#sinceTag > MAX_LINE_BYTES)
      this.#fail(`more than ${MAX_LINE_BYTES} letters and no tag`);
  }

  end(): void {
    this.#parser.close();
  }

  #keep(text: string): void {
    const last = this.#texts.length - 1;
    if (last >= 0) this.#texts[last] += text;
  }

  #fail(what: string): never {
    const { line } = this.#parser;
    throw new FintechError('VERIFY_SOURCE', `${this.#name}, line ${line}: ${what}`, {
      hint: 'Check it by: xmllint --noout <file>',
      details: { file: this.#name, line },
    });
  }
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
