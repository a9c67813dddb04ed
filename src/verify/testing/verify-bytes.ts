import { CHECKS } from '../checks/catalogue.ts';
import type { Report } from '../../model/verify-report.ts';
import { CLOUD_EVENTS } from '../source/cloud-events.ts';
import type { Source } from '../source/source.ts';
import { settingsBy } from '../settings.ts';
import { verify, type VerifyOptions } from '../verify.ts';

/** A source whose parts are in memory, cut into chunks of `chunkBytes`. */
export function memorySource(name: string, parts: readonly Buffer[], chunkBytes = 65_536): Source {
  return {
    name,
    reading: CLOUD_EVENTS,
    parts: parts.map((bytes, index) => ({
      name: parts.length === 1 ? name : `${name}-${index + 1}`,
      isFile: true,
      async *open() {
        for (let at = 0; at < bytes.length; at += chunkBytes)
          yield bytes.subarray(at, at + chunkBytes);
      },
    })),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Every check over these sources, unless the options say otherwise. */
export function verifySources(
  sources: readonly Source[],
  options: Partial<VerifyOptions> = {},
): Promise<Report> {
  return verify(sources, {
    checks: CHECKS,
    settings: settingsBy({}),
    required: new Set(),
    strict: false,
    allowEmpty: false,
    maxFindings: 20,
    screen: { seed: Uint32Array.of(3_141_592_653, 2_718_281_829, 1_618_033_989, 5) },
    // What a check does at its own limit is not to be mended by another pass.
    maxPasses: 1,
    signal: new AbortController().signal,
    onProgress: () => {},
    reproduce: (check) => `fintech verify log.ndjson --only ${check}`,
    ...options,
  });
}

export function verifyBytes(bytes: Buffer, options: Partial<VerifyOptions> = {}): Promise<Report> {
  return verifySources([memorySource('log.ndjson', [bytes])], options);
}
