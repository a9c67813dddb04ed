import { type Problem, problem } from '../../kernel/problem.ts';
import type { RouteConfig } from '../../model/config.ts';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Bare, or a string of RFC 9651 §3.3.3, as draft-ietf-httpapi-idempotency-key-header-07 §2.1 has it. */
const KEY =
  /^(?:[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,255}|"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255}")$/;

/**
 * Checks the `Idempotency-Key` of a request whose route asks for one. What it means is up to the
 * service: the gateway only sees to it that it is there and readable.
 * @param keys every field of that name
 */
export function idempotencyFault(
  route: RouteConfig,
  method: string,
  keys: readonly string[],
): Problem | undefined {
  if (route.idempotency === undefined || SAFE_METHODS.has(method)) return undefined;
  const [key, ...others] = keys;
  if (key === undefined) {
    if (route.idempotency === 'optional') return undefined;
    return problem(400, 'idempotency-key-missing', {
      title: 'Idempotency-Key missing',
      detail: 'This route needs an Idempotency-Key, a text of your own for this one request.',
    });
  }
  if (others.length === 0 && KEY.test(key)) return undefined;
  return problem(400, 'idempotency-key-invalid', {
    title: 'Idempotency-Key unreadable',
    detail: 'It must be one text of 1 to 255 visible ASCII characters, bare or in quotes.',
  });
}
