/** A value on one line, for sentences and digests: a bigint as a number, or its digits. */
export function valueText(value: unknown): string {
  const text = JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'bigint') return member;
    return Number.isSafeInteger(Number(member)) ? Number(member) : member.toString();
  }) as string | undefined;
  return text ?? 'nothing';
}

/**
 * Where a live value differs from the fold's: paths of members, empty where they are the same.
 * A read model may say more of a key than the fold knows; an amount may be a number or its digits.
 */
export function differences(folded: unknown, live: unknown, path = ''): string[] {
  if (isObject(folded) && isObject(live)) {
    return Object.entries(folded)
      .filter(([, member]) => member !== undefined)
      .flatMap(([name, member]) =>
        differences(member, live[name], path === '' ? name : `${path}.${name}`),
      );
  }
  if (Array.isArray(folded) && Array.isArray(live) && folded.length === live.length) {
    return folded.flatMap((item, index) => differences(item, live[index], `${path}[${index}]`));
  }
  return isSame(folded, live) ? [] : [path];
}

/** The part of a value that lies at one of these paths of members; the whole where that is one. */
export function partsAt(value: unknown, paths: readonly string[]): unknown {
  if (!isObject(value) || paths.includes('')) return value;
  const names = new Set(paths.map((path) => path.split(/[.[]/)[0] ?? ''));
  return Object.fromEntries([...names].map((name) => [name, value[name] ?? null]));
}

/** The whole number a value stands for, or undefined. */
export function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && /^-?\d{1,40}$/.test(value) ? BigInt(value) : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSame(folded: unknown, live: unknown): boolean {
  if (folded === live) return true;
  // Digits are only an amount where the fold means one.
  if (typeof folded !== 'bigint' && typeof folded !== 'number') return false;
  const [whole, other] = [wholeNumber(folded), wholeNumber(live)];
  return whole !== undefined && whole === other;
}
