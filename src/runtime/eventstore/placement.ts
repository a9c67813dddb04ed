import { formatInstant } from '../../kernel/time.ts';
import type { AppendRequest, NewEvent, WrittenStream } from './contract.ts';
import { eventLine } from './event-line.ts';

/** An event in its place. */
export interface EventRow {
  stream: string;
  revision: number;
  position: number;
  recordedMs: number;
  event: NewEvent;
  line: string;
}

export interface LogEnd {
  /** Position of the last event, 0 for an empty log. */
  position: number;
  /** When it was recorded. */
  recordedMs: number;
}

/** Gives the events of a decided append the next revisions and positions. */
export function placeEvents(
  request: AppendRequest,
  end: LogEnd,
  revisionOf: (stream: string) => number | undefined,
): { rows: EventRow[]; writes: WrittenStream[] } {
  const rows: EventRow[] = [];
  const reached = new Map<string, number>();
  let { position } = end;
  const { recordedMs } = end;
  const recordedTime = formatInstant(recordedMs);
  const writes = request.writes.map(({ stream, events }): WrittenStream => {
    let revision = reached.get(stream) ?? revisionOf(stream) ?? -1;
    const positions: number[] = [];
    for (const event of events) {
      const place = { revision: ++revision, position: ++position };
      const line = eventLine(event.text, { ...place, recordedTime });
      rows.push({ stream, ...place, recordedMs, event, line });
      positions.push(position);
    }
    reached.set(stream, revision);
    return { stream, revision, positions };
  });
  return { rows, writes };
}
