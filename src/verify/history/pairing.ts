import { quoted } from '../naming.ts';
import { exactText } from './exact-text.ts';
import { refuseHistory } from './form.ts';
import type { HistoryRecord, Operation } from './operation.ts';

/** Joins the beginning of each call with its end: one process makes one call at a time. */
export class Pairing {
  readonly #open = new Map<string, HistoryRecord>();
  readonly #ended = new Map<HistoryRecord, HistoryRecord>();
  readonly #calls: HistoryRecord[] = [];

  /** @throws FintechError VERIFY_SOURCE for a record that cannot follow those before it */
  take(record: HistoryRecord): void {
    const call = this.#open.get(record.process);
    if (record.type === 'invoke') {
      if (call !== undefined) {
        fail(
          record,
          `process ${record.process} calls again, and its call of line ${call.at.line} has not ended`,
        );
      }
      this.#open.set(record.process, record);
      this.#calls.push(record);
      return;
    }
    if (call === undefined) {
      fail(record, `process ${record.process} ends a call (${record.type}) that it did not begin`);
    }
    refuseOther(call, record);
    this.#open.delete(record.process);
    this.#ended.set(call, record);
  }

  /** Every call that did not fail. */
  operations(): Operation[] {
    return this.#calls.flatMap((call) => {
      const end = this.#ended.get(call);
      return end?.type === 'fail' ? [] : operationOf(call, end);
    });
  }
}

function operationOf(call: HistoryRecord, end: HistoryRecord | undefined): Operation {
  const isOk = end?.type === 'ok';
  return {
    process: call.process,
    f: call.f,
    key: call.key,
    input: call.value,
    output: isOk ? end.value : undefined,
    calledAt: call.index,
    returnedAt: isOk ? end.index : Infinity,
    call,
    end: isOk ? end : undefined,
  };
}

/** The end of a call repeats what was called. */
function refuseOther(call: HistoryRecord, end: HistoryRecord): void {
  if (call.f !== end.f) {
    fail(
      end,
      `the call of line ${call.at.line} is ${quoted(call.f)}, and ends as ${quoted(end.f)}`,
    );
  }
  if (end.key === undefined) return;
  if (call.key === undefined || exactText(call.key) !== exactText(end.key)) {
    fail(end, `the call of line ${call.at.line} ends with another key`);
  }
}

/** What a model makes of the call. @throws FintechError VERIFY_SOURCE where it has none of this name */
export function kindIn<Kind extends string>(
  functions: Readonly<Record<string, Kind>>,
  { f, call }: Operation,
): Kind {
  const kind = Object.hasOwn(functions, f) ? functions[f] : undefined;
  if (kind !== undefined) return kind;
  return fail(call, `there is no ${quoted(f)} here, only ${Object.keys(functions).join(', ')}`);
}

export function fail({ at }: HistoryRecord, message: string): never {
  refuseHistory(at.log.name, `line ${at.line}: ${message}`);
}
