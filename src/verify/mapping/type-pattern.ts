import type { ConfigPlace } from './config-place.ts';

/** A type, or the beginning of one where it ends in `*`. */
export interface TypePattern {
  text: string;
  matches(type: string): boolean;
}

export function typePattern(place: ConfigPlace, text: string): TypePattern {
  const star = text.indexOf('*');
  if (star === -1) return { text, matches: (type) => type === text };
  if (star !== text.length - 1) place.refuse(`"${text}" may have its * only at the end`);
  const beginning = text.slice(0, star);
  return { text, matches: (type) => type.startsWith(beginning) };
}
