/** Controls of a terminal, and marks that make text read in another order than it is. */
// oxlint-disable-next-line no-control-regex -- these are the ones to take out
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Outside text on one line of a terminal: what it would take as an order is written as an escape. */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
