/** A secret by its name: the key itself is derived where it is needed and never recorded. */
export interface SecretName {
  version: number;
  /** Which master key it is derived from. */
  keyId: string;
}

export interface Secrets {
  current: SecretName;
  /** Replaced ones that still count until then (RFC 3339), newest first. */
  retiring: (SecretName & { until: string })[];
}

export interface Rotation extends SecretName {
  /** Until when the secrets before it count. */
  previousUntil: string;
}

/** More than this many at once are no rotation but a mistake. */
const MOST_RETIRING = 2;

export function firstSecret(keyId: string): Secrets {
  return { current: { version: 1, keyId }, retiring: [] };
}

/** The secrets after a rotation. One without overlap ends those that were still retiring, too. */
export function rotated({ current, retiring }: Secrets, rotation: Rotation): Secrets {
  const { version, keyId, previousUntil } = rotation;
  const before = [{ ...current, until: previousUntil }, ...retiring];
  return {
    current: { version, keyId },
    retiring: before
      .map((one) => (one.until > previousUntil ? { ...one, until: previousUntil } : one))
      .slice(0, MOST_RETIRING),
  };
}

/** The secrets that count at a moment, the current one first. */
export function secretsAt({ current, retiring }: Secrets, nowMs: number): SecretName[] {
  return [current, ...retiring.filter(({ until }) => Date.parse(until) > nowMs)];
}
