/** What came back, or why nothing did. */
export type Reply = Answer | { failure: 'cut' | 'timeout' | 'unreachable'; detail: string };

export interface Answer {
  status: number;
  /** Names in lower case. */
  fields: readonly (readonly [name: string, value: string])[];
  /** As much of it as is read. */
  body: string;
}

/** One challenge of `WWW-Authenticate` (RFC 9110 §11.6.1). */
export interface Challenge {
  scheme: string;
  error: string | null;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** A parameter, quoted or not, or else the name of a scheme. */
const PART = new RegExp(
  `(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))|(${TOKEN})`,
  'g',
);

export function challengesOf({ fields }: Answer): Challenge[] {
  const text = fields.filter(([name]) => name === 'www-authenticate').map(([, value]) => value);
  const found: Challenge[] = [];
  for (const [, name, quoted, bare, scheme] of text.join(', ').matchAll(PART)) {
    if (scheme !== undefined) found.push({ scheme, error: null });
    const last = found.at(-1);
    if (last !== undefined && name?.toLowerCase() === 'error') last.error = quoted ?? bare ?? '';
  }
  return found;
}

/** The challenge that was expected, or else the first. */
export function challengeOf(answer: Answer, scheme: string | null): Challenge | undefined {
  const all = challengesOf(answer);
  return all.find((one) => one.scheme.toLowerCase() === scheme?.toLowerCase()) ?? all[0];
}

/** Shorter texts are found by chance. */
const MIN_SECRET_LENGTH = 32;

/** Texts of the credentials of a request that no answer may hold: all but JOSE headers. */
export function secretsIn(carried: readonly string[]): string[] {
  const runs = carried.flatMap((text) => text.match(/[\w-]+/g) ?? []);
  return [...new Set(runs)].filter((run) => run.length >= MIN_SECRET_LENGTH && !isJoseHeader(run));
}

function isJoseHeader(run: string): boolean {
  return /^\s*\{\s*"(?:alg|typ|kid|enc|cty)"/.test(Buffer.from(run, 'base64url').toString());
}

export function leaks({ fields, body }: Answer, secrets: readonly string[]): boolean {
  const texts = [body, ...fields.map(([, value]) => value)];
  return secrets.some((secret) => texts.some((text) => text.includes(secret)));
}
