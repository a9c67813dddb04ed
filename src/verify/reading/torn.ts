import { type LineReading, readLine } from './read-line.ts';

/** At the end of the text, or in a literal or number that only the end cuts short. */
const CUT_TOKEN =
  /$|(?<=[:,[][ \t\r]*)(?:t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|-)$|(?<=\d)(?:\.|[eE][+-]?)$/y;
/** A letter of UTF-8 has at most four bytes, so at most three are left of one cut short. */
const MAX_CUT_BYTES = 3;

/** Whether all that is wrong with a line is that its end is missing, as a crash leaves it. */
export function isTorn(bytes: Buffer, reading: LineReading): boolean {
  if (reading.ok) return false;
  const { fault, offset } = reading;
  if (fault === 'not-utf8' && isCutLetter(bytes.subarray(offset))) {
    const whole = bytes.subarray(0, offset);
    return isTorn(whole, readLine(whole));
  }
  if (fault !== 'syntax') return false;
  CUT_TOKEN.lastIndex = offset;
  // One character a byte, so that the offset holds.
  return CUT_TOKEN.test(bytes.toString('latin1'));
}

function isCutLetter(bytes: Buffer): boolean {
  if (bytes.length > MAX_CUT_BYTES) return false;
  try {
    // A stream may still bring the rest; what no rest can mend is refused.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
