/**
 * 0 done · 1 a fault in fintech itself · 2 usage or configuration · 3 findings · 4 inconclusive ·
 * 5 environment · 6 timed out waiting · 130 interrupted
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 130;

/**
 * Every coded failure, area first. The exit code belongs to the code, never to the place that throws.
 * `docs/errors.md` has one section for each; a test holds the two together.
 */
export const ERROR_CATALOGUE = {
  INTERNAL: 1,
  INTERRUPTED: 130,

  USAGE_INVALID: 2,
  USAGE_UNKNOWN_COMMAND: 2,
  USAGE_MISSING_VALUE: 2,
  USAGE_NEEDS_CONFIRMATION: 2,

  CONFIG_NOT_FOUND: 2,
  CONFIG_INVALID: 2,
  CONFIG_NOT_TRUSTED: 2,

  SANDBOX_PORT_HELD: 5,
  SANDBOX_NOT_RUNNING: 5,
  SANDBOX_NOT_READY: 5,
  SANDBOX_BUSY: 5,
  SANDBOX_UNIT_FAILED: 5,
  SANDBOX_UNIT_UNKNOWN: 2,
  SANDBOX_TIMEOUT: 6,
  SANDBOX_PACKAGES_MISSING: 5,
  SANDBOX_DRIVER_ABSENT: 5,
  SANDBOX_DATA_NEWER: 5,
  SANDBOX_COMMAND_NOT_FOUND: 5,

  KEYS_UNREADABLE: 5,

  TOKEN_UNKNOWN_SCOPE: 2,
  TOKEN_UNKNOWN_PERSONA: 2,
  TOKEN_UNKNOWN_DEFECT: 2,
  TOKEN_UNKNOWN_CLIENT: 2,
  TOKEN_FOREIGN_ISSUER: 2,
  TOKEN_MALFORMED: 3,
  TOKEN_REFUSED: 3,
  TOKEN_ISSUER_REFUSED: 5,

  EVENTS_UNREACHABLE: 5,
  EVENTS_REFUSED: 2,

  VERIFY_SOURCE: 2,
  VERIFY_UNKNOWN_CHECK: 2,
  VERIFY_INCONSISTENT: 3,
  VERIFY_INCONCLUSIVE: 4,

  SCAFFOLD_UNKNOWN_TEMPLATE: 2,
  SCAFFOLD_INVALID_NAME: 2,
  SCAFFOLD_INVALID_MANIFEST: 2,
  SCAFFOLD_CONFLICT: 2,

  DEMO_FAILED: 1,
} as const;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

export interface FintechErrorOptions {
  /** What the reader should run or change next: one sentence. */
  hint?: string;
  /** Machine-readable facts for `--json`. Never holds a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * A failure the user can act on. `message` says what failed and why in plain words;
 * unknown throws are wrapped as `INTERNAL` once, in main.
 */
export class FintechError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: FintechErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'FintechError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  get exitCode(): ExitCode {
    return ERROR_CATALOGUE[this.code];
  }
}

/** The text of anything thrown, for a sentence. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Whether a thrown value is a Node system error with this code, such as `ENOENT`. */
export function hasErrnoCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
