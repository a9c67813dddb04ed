export type Revision = number | 'none';

/** Remembers every stream a decision looked at: the append then holds only if none has moved. */
export class Reading {
  readonly revisions: Map<string, Revision> = new Map();
  readonly #log: { revisionOf(stream: string): Revision };

  constructor(log: { revisionOf(stream: string): Revision }) {
    this.#log = log;
  }

  /** Notes that a stream is looked at, now. */
  note(stream: string): void {
    this.revisions.set(stream, this.#log.revisionOf(stream));
  }

  /** The revision a stream was read at; one that was not looked at is looked at now. */
  revisionOf(stream: string): Revision {
    if (!this.revisions.has(stream)) this.note(stream);
    return this.revisions.get(stream) ?? 'none';
  }
}
