/** How long one unit of the sandbox may take to get ready, unless `--timeout` says otherwise. */
export const UNIT_TIMEOUT_MS = 30_000;
