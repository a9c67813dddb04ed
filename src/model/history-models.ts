/** What the clients of a history called: what a call of theirs may be, and what it must keep. */
export const HISTORY_MODELS = ['register', 'kv', 'log', 'bank'] as const;
export type HistoryModel = (typeof HISTORY_MODELS)[number];
