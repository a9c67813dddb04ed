import type { Deadlines } from './commands/payment-commands.ts';
import type { Variables } from './platform/environment.ts';

const MINUTE_S = 60;
const SIX_DAYS_S = 6 * 24 * 60 * 60;

/**
 * `AUTHORISE_WITHIN_S`, 60 unless set, and `CAPTURE_WITHIN_S`, 6 days unless set.
 * @throws Error when one is no whole number of seconds
 */
export function readDeadlines(variables: Variables): Deadlines {
  return {
    authoriseMs: seconds(variables, 'AUTHORISE_WITHIN_S', MINUTE_S) * 1000,
    captureMs: seconds(variables, 'CAPTURE_WITHIN_S', SIX_DAYS_S) * 1000,
  };
}

function seconds(variables: Variables, name: string, fallback: number): number {
  const text = variables[name] || String(fallback);
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new Error(`cannot start: ${name} is no number of seconds`);
  return Number(text);
}
