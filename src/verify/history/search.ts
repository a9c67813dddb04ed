import { apply, type Call, type Effect, effectKey, NOTHING, type State } from './register-model.ts';
import { Timeline } from './timeline.ts';

/** What searches share: configurations and characters they may keep before they are out of memory. */
export interface SearchRoom {
  configurations: number;
  characters: number;
}

/** Some 150 bytes for each configuration; the states of a key-value store grow with each append. */
export const SEARCH_ROOM: SearchRoom = { configurations: 2_000_000, characters: 100_000_000 };

/** Where calls have no order: when the one ended that fits none, and what could be held then. */
export interface Blocked {
  endedAt: number;
  states: ReadonlySet<State>;
}

/** Steps of one search before others have their turn. */
export const TURN_STEPS = 20_000;

/**
 * `order`: the calls can have taken effect one after another, each between its beginning and its
 * end. `none`: they cannot. `more`: not known yet. `full`: too much to keep in mind.
 */
export type SearchOutcome = 'order' | 'none' | 'more' | 'full';

interface Frame {
  /** A closed call, or the class of an open one. */
  taken: { call: number } | { open: number };
  /** A read that fits changes nothing: to take it at once is as good as to take it later. */
  forced: boolean;
  before: State;
  topBefore: number;
}

interface OpenCalls {
  effect: Call['effect'];
  calledAt: number[];
  taken: number;
}

/**
 * Wing and Gong's search with Lowe's memo: takes calls that may be next, one after another, and
 * goes back where none fits; a configuration (what was taken, and the state) is tried once.
 */
export class Search {
  readonly #calls: readonly Call[];
  readonly #open: OpenCalls[];
  readonly #timeline: Timeline;
  readonly #room: SearchRoom;
  readonly #appends: boolean;
  readonly #tried = new Set<string>();
  readonly #states = new Map<State, number>();
  readonly #stack: Frame[] = [];
  #state: State = NOTHING;
  #left: number;
  /** The latest call that was taken, in the order of calls. */
  #top = -1;
  /** Where to go on among the choices here: a closed call, then a class of open ones. */
  #cursor: number;
  #openCursor = 0;
  #fresh = true;
  #furthest = -1;
  #statesThere = new Set<State>();
  steps = 0;

  /** @param calls in the order of their beginnings */
  constructor(calls: readonly Call[], room: SearchRoom) {
    this.#calls = calls.filter(({ returnedAt }) => returnedAt !== Infinity);
    this.#open = openCalls(calls);
    this.#timeline = new Timeline(this.#calls);
    this.#room = room;
    this.#appends = calls.some(({ effect }) => effect.kind === 'append');
    this.#left = this.#calls.length;
    this.#cursor = this.#timeline.first;
  }

  run(maxSteps: number): SearchOutcome {
    const outcome = this.#search(maxSteps);
    if (outcome !== 'more') this.forget();
    return outcome;
  }

  #search(maxSteps: number): SearchOutcome {
    for (let step = 0; step < maxSteps; step++) {
      this.steps++;
      if (this.#left === 0) return 'order';
      if (this.#room.configurations < 0 || this.#room.characters < 0) return 'full';
      if (!this.#advance() && !this.#retreat()) return 'none';
    }
    return 'more';
  }

  /** Meant where the outcome is `none`. */
  get blocked(): Blocked {
    return { endedAt: this.#furthest, states: this.#statesThere };
  }

  #advance(): boolean {
    if (this.#fresh && this.#takeRead()) return true;
    this.#fresh = false;
    for (let at = this.#cursor; this.#timeline.isCall(at); at = this.#cursor) {
      this.#cursor = this.#timeline.after(at);
      if (this.#tryClosed(this.#timeline.callAt(at))) return true;
    }
    while (this.#openCursor < this.#open.length) {
      if (this.#tryOpen(this.#openCursor++)) return true;
    }
    return false;
  }

  #takeRead(): boolean {
    for (let at = this.#timeline.first; this.#timeline.isCall(at); at = this.#timeline.after(at)) {
      const call = this.#timeline.callAt(at);
      const effect = this.#calls[call]?.effect;
      if (effect?.kind !== 'read' || effect.value !== this.#state) continue;
      this.#take({ taken: { call }, forced: true, before: this.#state, topBefore: this.#top });
      return true;
    }
    return false;
  }

  #tryClosed(call: number): boolean {
    const effect = this.#calls[call]?.effect;
    if (effect === undefined || effect.kind === 'read') return false;
    const state = apply(this.#state, effect);
    return state !== undefined && this.#try({ call }, state);
  }

  #tryOpen(open: number): boolean {
    const calls = this.#open[open];
    const calledAt = calls?.calledAt[calls.taken];
    if (calls === undefined || calledAt === undefined || calledAt > this.#timeline.bound) {
      return false;
    }
    const state = apply(this.#state, calls.effect);
    return state !== undefined && this.#isWorth(state) && this.#try({ open }, state);
  }

  /**
   * Whether an open call that leaves this state may be of use: another call that may be next must see
   * it. One that nobody sees may as well have had no effect.
   */
  #isWorth(state: State): boolean {
    if (state === this.#state) return false;
    if (this.#appends) return true;
    for (let at = this.#timeline.first; this.#timeline.isCall(at); at = this.#timeline.after(at)) {
      const effect = this.#calls[this.#timeline.callAt(at)]?.effect;
      if (effect !== undefined && sees(effect, state)) return true;
    }
    return this.#open.some(({ effect }) => sees(effect, state));
  }

  #try(taken: Frame['taken'], state: State): boolean {
    this.#take({ taken, forced: false, before: this.#state, topBefore: this.#top });
    this.#state = state;
    const key = this.#configuration();
    if (this.#tried.has(key)) {
      const frame = this.#stack.pop();
      if (frame !== undefined) this.#giveBack(frame);
      return false;
    }
    this.#tried.add(key);
    this.#room.configurations--;
    return true;
  }

  #take(frame: Frame): void {
    this.#stack.push(frame);
    if ('open' in frame.taken) {
      const calls = this.#open[frame.taken.open];
      if (calls !== undefined) calls.taken++;
    } else {
      this.#timeline.lift(frame.taken.call);
      this.#left--;
      this.#top = Math.max(this.#top, frame.taken.call);
    }
    this.#cursor = this.#timeline.first;
    this.#openCursor = 0;
    this.#fresh = true;
  }

  /** Goes back to the last choice that was one. */
  #retreat(): boolean {
    this.#note();
    for (let frame = this.#stack.pop(); frame !== undefined; frame = this.#stack.pop()) {
      this.#giveBack(frame);
      if (!frame.forced) return true;
    }
    return false;
  }

  /** Undoes a choice, and stands behind it. */
  #giveBack({ taken, before, topBefore }: Frame): void {
    this.#state = before;
    this.#top = topBefore;
    this.#fresh = false;
    if ('open' in taken) {
      const calls = this.#open[taken.open];
      if (calls !== undefined) calls.taken--;
      this.#cursor = this.#timeline.end;
      this.#openCursor = taken.open + 1;
    } else {
      this.#timeline.putBack(taken.call);
      this.#left++;
      this.#cursor = this.#timeline.afterCall(taken.call);
      this.#openCursor = 0;
    }
  }

  /** What was taken, and the state: all calls up to the latest taken one but these, and open ones. */
  #configuration(): string {
    const passed = this.#timeline.callsUpTo(this.#top);
    const open = this.#open.map(({ taken }) => taken);
    return `${this.#stateId()} ${this.#top} ${passed.join(',')} ${open.join(',')}`;
  }

  #stateId(): number {
    const known = this.#states.get(this.#state);
    if (known !== undefined) return known;
    this.#room.characters -= this.#state.length;
    this.#states.set(this.#state, this.#states.size);
    return this.#states.size - 1;
  }

  /** Gives back the room it took. What is known by then stays known. */
  forget(): void {
    this.#room.configurations += this.#tried.size;
    for (const state of this.#states.keys()) this.#room.characters += state.length;
    this.#tried.clear();
    this.#states.clear();
  }

  #note(): void {
    const { bound } = this.#timeline;
    if (bound < this.#furthest) return;
    if (bound > this.#furthest) this.#statesThere = new Set();
    this.#furthest = bound;
    this.#statesThere.add(this.#state);
  }
}

function sees(effect: Effect, state: State): boolean {
  if (effect.kind === 'read') return effect.value === state;
  return effect.kind === 'cas' && effect.from === state;
}

/** Open calls that are alike are taken in the order of their beginnings: none is better than another. */
function openCalls(calls: readonly Call[]): OpenCalls[] {
  const open = calls.filter(
    ({ effect, returnedAt }) => returnedAt === Infinity && effect.kind !== 'read',
  );
  const alike = Map.groupBy(open, ({ effect }) => effectKey(effect));
  return [...alike.values()].flatMap(([first, ...rest]) =>
    first === undefined
      ? []
      : [
          {
            effect: first.effect,
            calledAt: [first, ...rest].map(({ calledAt }) => calledAt),
            taken: 0,
          },
        ],
  );
}
