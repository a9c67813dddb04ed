/** Names one of several things of an owner, such as a secret's version: what a command made. */
export function numbered(owner: string, number: number): string {
  return `${owner}@${number}`;
}

/** @throws Error for a name that `numbered` did not make */
export function numberOf(name: string): number {
  const digits = /@(\d+)$/.exec(name)?.[1];
  if (digits === undefined) throw new Error(`${name} holds no number`);
  return Number(digits);
}
