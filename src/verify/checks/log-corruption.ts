import type { Check } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { DamageFact, PassedFact } from '../facts.ts';
import { placeOf } from '../naming.ts';
import { defineCheck } from './define.ts';

const OF_THE_BYTES: ReadonlySet<DamageFact['fault']> = new Set([
  'byte-order-mark',
  'not-utf8',
  'syntax',
  'too-long',
  'too-deep',
  'lone-surrogate',
]);

export const logCorruption: Check = defineCheck({
  id: 'log/corruption',
  title: 'Every line can be read',
  severity: 'critical',
  scope: 'log',
  needs: ['event', 'damage', 'passed'],
  isKeyed: false,
  unit: 'lines',
  reads: [],
  implies: [],
  about: {
    proves:
      'Every line is UTF-8 and JSON, as strictly as RFC 8259 says, of at most 16 MiB and 128 levels, without a byte order mark or half of a letter (a lone surrogate). What is not is named by file and byte offset.',
    skips:
      'Blank lines, and a torn last line: a crash leaves one, and its event was never acknowledged.',
    notFooledBy:
      'Lines that end in CRLF, a last line without its line feed, U+FFFD written as such. Where a line cannot be read, checks that depend on what it said are skipped, not failed.',
  },
  start: (evidence) => ({
    take: (fact) => {
      if (fact.kind === 'event') evidence.checked();
      else if (fact.kind === 'passed') pass(fact, evidence);
      else if (OF_THE_BYTES.has(fact.fault)) judge(fact, evidence);
    },
  }),
});

function pass({ at, why, offset }: PassedFact, evidence: Evidence): void {
  if (why === 'blank') evidence.skipped('the line is blank');
  if (why === 'torn') {
    evidence.skipped(
      `the last line (${placeOf(at)}, byte ${offset}) is cut off, as a crash leaves it`,
    );
  }
}

function judge({ at, message, file, offset, lost }: DamageFact, evidence: Evidence): void {
  if (lost) evidence.checked();
  evidence.found({
    message: `${file}, byte ${offset} (${placeOf(at)}): ${message}`,
    expected: 'one JSON object in UTF-8',
    actual: `${message}, at byte ${offset}`,
    events: [at],
    keys: [],
  });
}
