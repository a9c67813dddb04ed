import { printable } from './printable.ts';

/** A comment on GitHub takes 65,536 characters; what would pass this is only counted. */
export const MAX_COMMENT_LENGTH = 60_000;
/** Of one outside text, so that each finds room. */
const MAX_TEXT_LENGTH = 4_000;

export function cutForMarkdown(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}

/** Outside text as itself: no markup, no link, and nobody is notified. */
export function markdownText(text: string): string {
  return printable(cutForMarkdown(text))
    .replaceAll(/[\\`*_[\]<>|#~!&]/g, (character) => `\\${character}`)
    .replaceAll('@', '&#64;')
    .replaceAll('://', ':&#47;/');
}

/**
 * As many sections as a comment has room for beside its head and foot, then how many are left.
 * @param more says it of a number
 */
export function withinComment(
  parts: { head: readonly string[]; sections: readonly string[]; foot: string },
  more: (left: number) => string,
): string {
  const shown: string[] = [];
  let room = MAX_COMMENT_LENGTH - [...parts.head, parts.foot].join('\n\n').length;
  for (const section of parts.sections) {
    room -= section.length + 2;
    if (room < 0) break;
    shown.push(section);
  }
  const left = parts.sections.length - shown.length;
  const rest = left > 0 ? [more(left)] : [];
  return `${[...parts.head, ...shown, ...rest, parts.foot].join('\n\n')}\n`;
}
