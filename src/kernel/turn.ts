/** Lets what waits in the event loop run before going on, however fast the caller loops. */
export { setImmediate as nextTurn } from 'node:timers/promises';
