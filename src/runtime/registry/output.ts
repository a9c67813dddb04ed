import { REGISTRY_LIMITS } from './limits.ts';

/** Cuts check output to its limit, at a whole character, and says what was cut. */
export function cutOutput(output: string): string {
  const bytes = Buffer.from(output);
  const limit = REGISTRY_LIMITS.outputBytes;
  if (bytes.length <= limit) return output;
  // A streaming decoder holds back the character the cut runs through.
  const kept = new TextDecoder().decode(bytes.subarray(0, limit), { stream: true });
  return `${kept} ... (captured ${limit} of ${bytes.length} bytes)`;
}
