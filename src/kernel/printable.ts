/**
 * A stranger's text, fit for a terminal: controls, direction marks and line breaks, which could
 * steer it, are shown by their code point (`\u{1b}`).
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
