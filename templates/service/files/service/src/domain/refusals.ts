/** Why this service says no. Closed: each has its HTTP status in `commands/refusal-status.ts`. */
export type RefusalCode = 'note-exists';
