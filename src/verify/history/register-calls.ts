import type { JsonNode } from '../../kernel/json-text.ts';
import { quoted } from '../naming.ts';
import { exactText } from './exact-text.ts';
import { isNil } from './history-record.ts';
import { withKeys } from './keyed.ts';
import type { Operation } from './operation.ts';
import { fail, kindIn } from './pairing.ts';
import type { Call, Effect, State } from './register-model.ts';

/** A call on a register, and the operation it is. */
export interface RegisterCall extends Call {
  operation: Operation;
}

/** One register and its calls, in the order of their beginnings. */
export interface Register {
  /** Its key as JSON; undefined where the history has only one. */
  key: string | undefined;
  calls: RegisterCall[];
}

/** The names of each model's calls. */
const FUNCTIONS: Readonly<Record<'register' | 'kv', Readonly<Record<string, Effect['kind']>>>> = {
  register: { read: 'read', write: 'write', cas: 'cas' },
  kv: { get: 'read', put: 'write', append: 'append' },
};

/**
 * The registers of a history by their keys.
 * @throws FintechError VERIFY_SOURCE for a call the model does not have, or that says no value
 */
export function registersOf(
  operations: readonly Operation[],
  model: 'register' | 'kv',
): Register[] {
  const registers = new Map<string | undefined, Register>();
  for (const operation of withKeys(operations)) {
    if (operation.key === undefined && model === 'kv') {
      fail(operation.call, `${quoted(operation.f)} names no key`);
    }
    const key = operation.key === undefined ? undefined : exactText(operation.key);
    const register = registers.get(key) ?? { key, calls: [] };
    registers.set(key, register);
    const { calledAt, returnedAt } = operation;
    const effect = effectOf(operation, FUNCTIONS[model]);
    // A read that nobody saw the end of says nothing.
    if (effect.kind === 'read' && returnedAt === Infinity) continue;
    register.calls.push({ effect, calledAt, returnedAt, operation });
  }
  for (const register of registers.values()) refuseAppendToOthers(register);
  return [...registers.values()];
}

function effectOf(
  operation: Operation,
  functions: Readonly<Record<string, Effect['kind']>>,
): Effect {
  const { f, input, output, call } = operation;
  const kind = kindIn(functions, operation);
  if (kind === 'read') return { kind, value: stateOf(output ?? input) };
  refuseOtherValue(operation);
  switch (kind) {
    case 'write':
      return { kind, value: stateOf(input) };
    case 'cas':
      return { kind, ...comparison(operation) };
    case 'append':
      if (input.kind === 'string') return { kind, text: input.value };
      return fail(call, `${quoted(f)} takes a string`);
  }
}

/** A string is marked, so that what is appended to it stands at its end. */
function stateOf(node: JsonNode): State {
  return node.kind === 'string' ? `"${node.value}` : exactText(node);
}

function comparison({ input, call }: Operation): { from: State; to: State } {
  const [from, to, ...rest] = input.kind === 'array' ? input.items : [];
  if (from === undefined || to === undefined || rest.length > 0) {
    return fail(call, '"cas" takes two values: [from, to]');
  }
  return { from: stateOf(from), to: stateOf(to) };
}

/** What a write ends with is what was written, or nothing. */
function refuseOtherValue({ f, input, output, call, end }: Operation): void {
  if (output === undefined || end === undefined || isNil(output)) return;
  if (exactText(output) === exactText(input)) return;
  fail(end, `${quoted(f)} of line ${call.at.line} ends with another value than it began with`);
}

/** To what is no string nothing can be appended; a call that ended well would explain itself by nothing. */
function refuseAppendToOthers({ calls }: Register): void {
  if (!calls.some(({ effect }) => effect.kind === 'append')) return;
  for (const { effect, operation } of calls) {
    if (effect.kind !== 'write' || effect.value === 'null' || effect.value.startsWith('"'))
      continue;
    fail(operation.call, 'what is appended to must be a string, and this is none');
  }
}
