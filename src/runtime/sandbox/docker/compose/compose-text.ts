/**
 * A value that Compose takes from its environment or its `.env` file stands in a plan as a reference
 * between two characters of Unicode's private use, which no JSON encoding changes.
 */
const REFERENCE = /\u{E000}([A-Za-z0-9_]+)(\?|:\?)([^\u{E000}\u{E001}]*)\u{E001}/gu;

/** A variable whose absence, or whose emptiness too, stops Compose with a message. */
export interface ComposeVariable {
  /** Of A-Z, 0-9 and `_`. */
  name: string;
  /** Shown by Compose; no brace, no `$`. */
  message: string;
  mayBeEmpty: boolean;
}

/** The text that stands for a variable until `composeText` writes it. */
export function referenceTo({ name, message, mayBeEmpty }: ComposeVariable): string {
  return `\u{E000}${name}${mayBeEmpty ? '?' : ':?'}${message}\u{E001}`;
}

/** A text as Compose is given it: `$` is doubled, references become `${NAME:?message}`. */
export function composeText(text: string): string {
  return text.replaceAll('$', '$$$$').replaceAll(REFERENCE, '$${$1$2$3}');
}
