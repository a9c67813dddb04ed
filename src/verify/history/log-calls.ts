import type { JsonNode } from '../../kernel/json-text.ts';
import { exactText } from './exact-text.ts';
import { isNil } from './history-record.ts';
import type { Operation } from './operation.ts';
import { fail, kindIn } from './pairing.ts';

/** A call on a log that ended. */
export interface LogCall {
  kind: 'append' | 'read';
  /** What the append was given, or the last position that the read saw. */
  position: number;
  operation: Operation;
}

export interface LogCalls {
  /** In the order of their beginnings. */
  ended: LogCall[];
  /** Appends that may have taken a position or not. */
  open: Operation[];
}

/** Twice a position is exact up to here, and more. */
export const MAX_POSITION: number = 2 ** 51;

const FUNCTIONS = { append: 'append', read: 'read' } as const;

/** @throws FintechError VERIFY_SOURCE for a call that no log has, or whose end says no position */
export function logCallsOf(operations: readonly Operation[]): LogCalls {
  const calls: LogCalls = { ended: [], open: [] };
  for (const operation of operations) {
    const kind = kindIn(FUNCTIONS, operation);
    const { output, end } = operation;
    if (output !== undefined) {
      const stated = kind === 'append' ? (end?.position ?? output) : output;
      calls.ended.push({ kind, position: positionOf(operation, stated, kind), operation });
    } else if (kind === 'append') calls.open.push(operation);
  }
  return calls;
}

function positionOf({ call, end }: Operation, output: JsonNode, kind: LogCall['kind']): number {
  const lowest = kind === 'append' ? 1 : 0;
  const text = output.kind === 'string' ? output.value : exactText(output);
  const position = /^\d{1,16}$/.test(text) ? Number(text) : -1;
  if (position >= lowest && position <= MAX_POSITION) return position;
  const found = isNil(output) ? 'nothing' : text.slice(0, 60);
  return fail(
    end ?? call,
    `the ${kind} ends with ${found}, not with a position from ${lowest} to 2^51`,
  );
}
