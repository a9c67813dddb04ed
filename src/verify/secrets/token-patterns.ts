interface TokenPattern {
  what: string;
  pattern: RegExp;
  /** Whether what looks like one is one. */
  holds?: (text: string) => boolean;
}

/** Keys and tokens that are known by their shape. */
const PATTERNS: readonly TokenPattern[] = [
  {
    what: 'a private key',
    pattern:
      /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g,
  },
  {
    what: 'a JSON Web Token',
    pattern: /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g,
    holds: isJsonWebToken,
  },
  { what: 'a bearer token', pattern: /\bBearer +[\w.~+/-]{16,}=*/gi, holds: isRandom },
  { what: 'basic credentials', pattern: /\bBasic +[\w+/]{8,}={0,2}/g, holds: isBasic },
  { what: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g },
  { what: 'a GitHub token', pattern: /\b(?:gh[pousr]_\w{36,}|github_pat_\w{40,})/g },
  { what: 'a GitLab token', pattern: /\bglpat-[\w-]{20,}/g },
  { what: 'a Slack token', pattern: /\bxox[abeoprs]-[\w-]{10,}/g },
  { what: 'a Stripe key', pattern: /\b[rs]k_live_\w{16,}/g },
  { what: 'a signing secret', pattern: /\bwhsec_[\w+/]{24,}=*/g },
  { what: 'a Google API key', pattern: /\bAIza[\w-]{35}/g },
];

/** What one of them holds at least: one look spares most texts all others. */
const HINT =
  /eyJ|PRIVATE KEY|Bearer|Basic|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox|k_live_|whsec_|AIza/i;

export interface FoundToken {
  what: string;
  text: string;
  start: number;
}

/** Keys and tokens in a text. */
export function tokensIn(text: string): FoundToken[] {
  if (!HINT.test(text)) return [];
  return PATTERNS.flatMap(({ what, pattern, holds = () => true }) =>
    [...text.matchAll(pattern)]
      .filter(([found]) => holds(found))
      .map((match) => ({ what, text: match[0], start: match.index })),
  );
}

function isJsonWebToken(text: string): boolean {
  const header = Buffer.from(text.split('.')[0] ?? '', 'base64url').toString();
  try {
    const value: unknown = JSON.parse(header);
    return typeof value === 'object' && value !== null && ('alg' in value || 'enc' in value);
  } catch {
    return false;
  }
}

/** `user:password`. */
function isBasic(text: string): boolean {
  const credentials = Buffer.from(text.replace(/^Basic +/, ''), 'base64').toString('latin1');
  return /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(credentials);
}

/** Bits of entropy a character, from which on a text is no word or name. */
const RANDOM_BITS = 3;

/** Whether the letters of a text are as mixed as those of a generated secret. */
export function isRandom(text: string): boolean {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / text.length);
  const bits = shares.reduce((sum, share) => sum - share * Math.log2(share), 0);
  return bits >= RANDOM_BITS;
}
