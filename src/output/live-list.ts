import { createLogUpdate } from 'log-update';
import type { Step } from '../kernel/reporter.ts';
import type { Style } from '../model/style.ts';

/** Steps redrawn in place on a terminal; other lines are printed above them. */
export interface LiveList {
  step(title: string): Step;
  print: (line: string) => void;
  /** Leaves what is shown and starts afresh below. */
  end(): void;
}

interface Row {
  title: string;
  state: 'running' | 'done' | 'failed';
  detail: string | undefined;
}

/** @param tell prints one line to the same stream */
export function createLiveList(
  stream: NodeJS.WriteStream,
  style: Style,
  tell: (line: string) => void,
): LiveList {
  const update = createLogUpdate(stream, { showCursor: true });
  let rows: Row[] = [];
  const marks = { running: style.dim('…'), done: style.good('✔'), failed: style.bad('✖') };
  const draw = () => update(rows.map((row) => lineOf(row, marks[row.state], style)).join('\n'));
  const end = () => {
    if (rows.length > 0) update.done();
    rows = [];
  };
  const settle = (row: Row, state: Row['state'], detail: string | undefined) => {
    row.state = state;
    row.detail = detail;
    draw();
    if (rows.every((each) => each.state !== 'running')) end();
  };
  return {
    end,
    print: (line) => {
      if (rows.length === 0) return tell(line);
      update.clear();
      tell(line);
      draw();
    },
    step: (title) => {
      const row: Row = { title, state: 'running', detail: undefined };
      rows.push(row);
      draw();
      return {
        update: (detail) => {
          row.detail = detail;
          draw();
        },
        succeed: (detail) => settle(row, 'done', detail),
        fail: (detail) => settle(row, 'failed', detail),
      };
    },
  };
}

function lineOf({ title, detail }: Row, mark: string, style: Style): string {
  return detail === undefined ? `${mark} ${title}` : `${mark} ${title} ${style.dim(detail)}`;
}
