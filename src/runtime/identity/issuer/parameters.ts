/** A parameter or claim as text; anything that is none counts as absent. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The names in a `scope` (RFC 6749 §3.3). */
export function scopeNames(scope: unknown): string[] {
  return (textOf(scope) ?? '').split(' ').filter((name) => name !== '');
}
