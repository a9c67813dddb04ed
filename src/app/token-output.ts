import { decodeToken } from '../runtime/identity/public.ts';

/** The forms `token mint` prints a token in. */
export const TOKEN_OUTPUTS = ['token', 'header', 'json', 'curl'] as const;
export type TokenOutput = (typeof TOKEN_OUTPUTS)[number];

export interface MintedToken {
  token: string;
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

export function describeToken(token: string): MintedToken {
  const { header, claims } = decodeToken(token);
  return { token, header, claims };
}

/** One token in one line. @param target where it is meant to be sent */
export function formatToken(token: string, output: TokenOutput, target: string): string {
  switch (output) {
    case 'token':
      return token;
    case 'header':
      return `Authorization: Bearer ${token}`;
    case 'json':
      return JSON.stringify(describeToken(token));
    case 'curl':
      return `curl --header 'Authorization: Bearer ${token}' ${target}`;
  }
}
