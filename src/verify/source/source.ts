/** One log: its parts in order. Reading it twice gives the same bytes, or more behind them. */
export interface Source extends AsyncDisposable {
  /** As the user named it. */
  name: string;
  parts: readonly SourcePart[];
}

export interface SourcePart {
  name: string;
  /** Decompressed bytes from the start; called once for each pass. @throws FintechError VERIFY_SOURCE */
  open(): AsyncIterable<Uint8Array>;
}

/** The longest line that is read: sixteen times what the event store takes for an event. */
export const MAX_LINE_BYTES = 16_777_216;
