/**
 * 0 done · 1 a fault in fintech itself · 2 usage or configuration · 3 findings · 4 inconclusive ·
 * 5 environment · 6 timed out waiting · 130 interrupted
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 130;

/**
 * Every coded failure, area first: its exit code, and what failed in a few words. Both belong to
 * the code, never to the place that throws.
 * `docs/errors.md` has one section for each; a test holds the two together.
 */
export const ERROR_CATALOGUE = {
  INTERNAL: { exit: 1, title: 'a fault in fintech' },
  INTERRUPTED: { exit: 130, title: 'interrupted' },
  OUTPUT_FAILED: { exit: 5, title: 'the output cannot be written' },

  USAGE_INVALID: { exit: 2, title: 'the command line is wrong' },
  USAGE_UNKNOWN_COMMAND: { exit: 2, title: 'there is no such command' },
  USAGE_MISSING_VALUE: { exit: 2, title: 'a value is missing' },
  USAGE_NEEDS_CONFIRMATION: { exit: 2, title: 'this was not confirmed' },

  CONFIG_NOT_FOUND: { exit: 2, title: 'there is no configuration' },
  CONFIG_INVALID: { exit: 2, title: 'the configuration is wrong' },
  CONFIG_NOT_TRUSTED: { exit: 2, title: 'the configuration is not trusted' },

  SANDBOX_PORT_HELD: { exit: 5, title: 'a port is taken' },
  SANDBOX_NOT_RUNNING: { exit: 5, title: 'the sandbox is not running' },
  SANDBOX_NOT_READY: { exit: 5, title: 'the sandbox is not ready' },
  SANDBOX_BUSY: { exit: 5, title: 'the sandbox is busy' },
  SANDBOX_UNIT_FAILED: { exit: 5, title: 'a part of the sandbox failed' },
  SANDBOX_UNIT_UNKNOWN: { exit: 2, title: 'there is no such part of the sandbox' },
  SANDBOX_TIMEOUT: { exit: 6, title: 'the wait is over' },
  SANDBOX_PACKAGES_MISSING: { exit: 5, title: 'packages are missing' },
  SANDBOX_DRIVER_ABSENT: { exit: 5, title: 'the driver is absent' },
  SANDBOX_ENGINE_REMOTE: { exit: 5, title: 'the engine is on another machine' },
  SANDBOX_IMAGE_UNAVAILABLE: { exit: 5, title: 'the image cannot be made' },
  SANDBOX_DATA_NEWER: { exit: 5, title: 'the data is of a newer fintech' },
  SANDBOX_COMMAND_NOT_FOUND: { exit: 5, title: 'the command cannot be run' },

  KEYS_UNREADABLE: { exit: 5, title: 'the keys cannot be used' },

  TOKEN_UNKNOWN_SCOPE: { exit: 2, title: 'the scope is unknown' },
  TOKEN_UNKNOWN_PERSONA: { exit: 2, title: 'the persona is unknown' },
  TOKEN_UNKNOWN_DEFECT: { exit: 2, title: 'the defect is unknown' },
  TOKEN_UNKNOWN_CLIENT: { exit: 2, title: 'the client is unknown' },
  TOKEN_FOREIGN_ISSUER: { exit: 2, title: 'the issuer is not ours' },
  TOKEN_MALFORMED: { exit: 3, title: 'this is no token' },
  TOKEN_REFUSED: { exit: 3, title: 'the token is refused' },
  TOKEN_TARGET_NOT_ALLOWED: { exit: 2, title: 'the target may not be yours' },
  TOKEN_TARGET_UNREACHABLE: { exit: 5, title: 'the target is out of reach' },
  TOKEN_TARGET_REFUSES_GOOD: { exit: 4, title: 'the target refuses a good token' },
  TOKEN_MATRIX_HOLES: { exit: 3, title: 'the target has holes' },
  TOKEN_MATRIX_INCONCLUSIVE: { exit: 4, title: 'too little could be judged' },
  TOKEN_SOURCE: { exit: 2, title: 'no good token can be had' },
  TOKEN_ISSUER_REFUSED: { exit: 5, title: 'the issuer refused' },

  EVENTS_UNREACHABLE: { exit: 5, title: 'the event store is out of reach' },
  EVENTS_REFUSED: { exit: 2, title: 'the event store refused' },

  VERIFY_SOURCE: { exit: 2, title: 'a source cannot be read' },
  VERIFY_CHECKPOINT: { exit: 2, title: 'the checkpoint cannot be used' },
  VERIFY_CODE: { exit: 2, title: 'code of the workspace cannot be used' },
  VERIFY_UNKNOWN_CHECK: { exit: 2, title: 'the check is unknown' },
  VERIFY_INCONSISTENT: { exit: 3, title: 'the log is inconsistent' },
  VERIFY_INCONCLUSIVE: { exit: 4, title: 'the verdict is inconclusive' },

  SCAFFOLD_UNKNOWN_TEMPLATE: { exit: 2, title: 'the template is unknown' },
  SCAFFOLD_INVALID_NAME: { exit: 2, title: 'the name cannot be used' },
  SCAFFOLD_INVALID_MANIFEST: { exit: 2, title: 'the template is broken' },
  SCAFFOLD_CONFLICT: { exit: 2, title: 'files are in the way' },
  SCAFFOLD_UNWRITABLE: { exit: 5, title: 'the files cannot be written' },

  DEMO_FAILED: { exit: 1, title: 'the demo failed' },
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
 * A failure the user can act on. `message` says of this case what is wrong and why;
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

  /** What failed, in general; `message` says it of this case. */
  get title(): string {
    return ERROR_CATALOGUE[this.code].title;
  }

  get exitCode(): ExitCode {
    return ERROR_CATALOGUE[this.code].exit;
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
