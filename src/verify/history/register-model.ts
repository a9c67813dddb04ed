/** What a register can hold: a string with `"` before it, any other value by its exact text. */
export type State = string;

/** What a register holds before anything is written. */
export const NOTHING: State = 'null';

/** What a call does, if it takes effect on this state. */
export type Effect =
  | { kind: 'read'; value: State }
  | { kind: 'write'; value: State }
  | { kind: 'cas'; from: State; to: State }
  | { kind: 'append'; text: string };

/** One call on a register. */
export interface Call {
  effect: Effect;
  calledAt: number;
  /** Infinity where it is open: it may take effect at any later time, or never. */
  returnedAt: number;
}

/** The state behind it; undefined where the effect is impossible. */
export function apply(state: State, effect: Effect): State | undefined {
  switch (effect.kind) {
    case 'read':
      return state === effect.value ? state : undefined;
    case 'write':
      return effect.value;
    case 'cas':
      return state === effect.from ? effect.to : undefined;
    case 'append':
      if (state === NOTHING) return `"${effect.text}`;
      return state.startsWith('"') ? state + effect.text : undefined;
  }
}

/** The same for calls that are alike. */
export function effectKey(effect: Effect): string {
  switch (effect.kind) {
    case 'read':
    case 'write':
      return JSON.stringify([effect.kind, effect.value]);
    case 'cas':
      return JSON.stringify([effect.kind, effect.from, effect.to]);
    case 'append':
      return JSON.stringify([effect.kind, effect.text]);
  }
}

/** As a sentence shows it. */
export function stateText(state: State): string {
  return state.startsWith('"') ? JSON.stringify(state.slice(1)) : state;
}
