import { describe, expect, test } from 'vitest';
import { validatorOf } from '../../kernel/schema.ts';
import { reportSchema } from '../../model/verify-report.ts';
import { CHECKS } from '../checks/catalogue.ts';
import { LogWriter, ndjson } from '../testing/log-writer.ts';
import { renderingOf, unbalanced } from '../testing/rendering.ts';
import { memorySource, verifyBytes, verifySources } from '../testing/verify-bytes.ts';
import { humanReport, type Rendering } from './human.ts';
import { junitReport } from './junit.ts';
import { shownPart } from './show.ts';

const plain = (text: string): string => text;
const STYLE = { bold: plain, dim: plain, good: plain, bad: plain, warn: plain };

const rendering = async (events: readonly object[], more: Partial<Rendering> = {}) =>
  renderingOf(await verifyBytes(ndjson(events)), more);

describe('the report', () => {
  test('keeps to its schema', async () => {
    const report = await verifyBytes(ndjson(unbalanced('t')));
    expect(validatorOf(reportSchema)(JSON.parse(JSON.stringify(report)))).toMatchObject({
      ok: true,
    });
  });

  test('gives the events whole, digit for digit', async () => {
    const line = ndjson(
      unbalanced('t', { note: { big: 11_111, list: [22_222, null, 'ü'] } }),
    ).toString();
    const odd = line.replace('11111', '9007199254740993').replace('22222', '1.50e3').trimEnd();
    const { findings } = await verifyBytes(Buffer.from(`${odd}\n`));
    expect(JSON.stringify(findings[0]?.events)).toBe(`[${odd}]`);
  });

  test('lists no more findings of a check than asked, and counts them all', async () => {
    const events = Array.from({ length: 30 }, (_, i) => ({
      ...unbalanced(`t${i}`)[0],
      id: `e${i}`,
    }));
    const { findings, checks } = await verifyBytes(ndjson(events), { maxFindings: 3 });
    expect(findings.filter(({ check }) => check === 'ledger/balanced')).toHaveLength(3);
    expect(checks.find(({ id }) => id === 'ledger/balanced')?.found).toBe(30);
  });

  test('is sorted by severity, then position, and is the same every time', async () => {
    const events = [
      { ...unbalanced('t')[0], specversion: '2.0' },
      { ...unbalanced('u')[0], id: 'e' },
    ];
    const one = await verifyBytes(ndjson(events));
    const severities = one.findings.map(({ severity }) => severity);
    expect(severities).toEqual([...severities].sort());
    expect(one.findings.at(-1)?.check).toBe('log/envelope');
    expect(JSON.stringify(await verifyBytes(ndjson(events)))).toBe(JSON.stringify(one));
  });

  test('says of which log each place is, where several are read', async () => {
    const sources = ['a', 'b'].map((name) => memorySource(name, [ndjson(unbalanced(name))]));
    const { findings } = await verifySources(sources);
    const balanced = findings.filter(({ check }) => check === 'ledger/balanced');
    expect(balanced.map(({ at }) => at)).toEqual([
      [{ source: 'a', position: '1' }],
      [{ source: 'b', position: '1' }],
    ]);
    expect(balanced[1]?.message).toContain('position 1 of b');
  });

  test('a medium finding counts only when strict; a required check must say something', async () => {
    const checks = CHECKS.filter(({ id }) => id === 'ledger/balanced').map((check) => ({
      ...check,
      severity: 'medium' as const,
    }));
    const bytes = ndjson(unbalanced('t'));
    expect((await verifyBytes(bytes, { checks })).verdict).toBe('consistent');
    expect((await verifyBytes(bytes, { checks, strict: true })).verdict).toBe('inconsistent');
    const words = new LogWriter();
    words.append('s', 'words.said', {});
    const required = new Set(CHECKS.filter(({ id }) => id === 'ledger/limits'));
    expect((await verifyBytes(ndjson(words.events))).verdict).toBe('consistent');
    expect((await verifyBytes(ndjson(words.events), { required })).verdict).toBe('inconclusive');
  });
});

describe('what is shown of an event', () => {
  const event = {
    id: 'e',
    source: '/s',
    type: 't',
    subject: 's',
    name: 'Ann',
    data: { a: 1, iban: 'DE1', list: [{ b: 2, memo: 'rent' }, 'x'] },
  };
  const always = { id: 'e', type: 't', subject: 's' };

  test.each([
    ['full', ['data.a'], event],
    ['fields', ['data.a'], { ...always, data: { a: 1 } }],
    ['fields', ['data.list.b'], { ...always, data: { list: [{ b: 2 }, undefined] } }],
    ['fields', ['data'], { ...always, data: event.data }],
    ['fields', ['data.iban.x'], { ...always, data: { iban: undefined } }],
    ['fields', [], always],
    ['keys', ['data.a'], { id: 'e', subject: 's' }],
  ] as const)('%s of %j', (show, reads, expected) => {
    expect(shownPart(event, reads, show)).toEqual(expected);
  });
});

describe('the human report', () => {
  test('ends with what was not checked, and shows no field that no check read', async () => {
    const text = humanReport(
      await rendering(unbalanced('t', { iban: 'DE02 1203' }), { leftOut: ['x/y'] }),
      STYLE,
    );
    expect(text.split('\n').at(-1)).toMatch(
      /^Not checked: .*ledger\/limits .*x\/y \(left out\)\.$/,
    );
    expect(text).toContain('"transactionId":"t"');
    expect(text).not.toContain('DE02');
  });

  test('lets no outside text steer the terminal', async () => {
    const text = humanReport(
      await rendering(unbalanced('\u001b[2J\u009b\u202e'), { sources: ['a\u001b[2J'] }),
      STYLE,
    );
    // oxlint-disable-next-line no-control-regex -- the very thing looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  test('cuts ids that are too long for a sentence', async () => {
    const text = humanReport(
      await rendering(unbalanced('x'.repeat(5000)), { show: 'keys' }),
      STYLE,
    );
    expect(text.length).toBeLessThan(5000);
  });
});

describe('the JUnit report', () => {
  test('is one case a check: failed, skipped or passed', async () => {
    const xml = junitReport(await rendering(unbalanced('t')));
    const skipped = xml.match(/<skipped/g)?.length ?? 0;
    expect(skipped).toBeGreaterThan(1);
    expect(xml).toContain(
      `<testsuites name="fintech verify" tests="${CHECKS.length}" failures="1" errors="0" skipped="${skipped}">`,
    );
    expect(xml).toContain('<testcase classname="log" name="order"/>');
    expect(xml).toMatch(/name="limits">\s+<skipped message="[^"]+"\/>/);
    expect(xml).toMatch(
      /name="balanced">\s+<failure type="ledger\/balanced" message="1 found; first: /,
    );
    expect(xml.match(/<testcase/g)).toHaveLength(CHECKS.length);
  });

  test('writes what XML reserves as entities, and what XML cannot say as U+FFFD', async () => {
    const xml = junitReport(await rendering(unbalanced('<&">\u009f')));
    expect(xml).toContain('&lt;&amp;\\&quot;&gt;');
    const odd = await rendering(unbalanced('t'), { sources: ['a\u0000\u0008\uffff\ud800b]]>'] });
    expect(junitReport(odd)).toContain('name="a\ufffd\ufffd\ufffd\ufffdb]]&gt;"');
    // oxlint-disable-next-line no-control-regex -- the characters XML 1.0 forbids
    expect(junitReport(odd)).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
  });
});

describe('the digest of a finding', () => {
  const digests = async (events: readonly object[]) =>
    (await verifyBytes(ndjson(events))).findings.map(({ check, digest }) => `${check} ${digest}`);

  test('is the same wherever the finding stands in the log, and another for other keys', async () => {
    const alone = await digests(unbalanced('t'));
    const writer = new LogWriter();
    writer.append('other', 'words.said', {});
    const moved = { ...unbalanced('t')[0], id: 'moved', globalposition: '2' };
    expect(await digests([...writer.events, moved])).toEqual(alone);
    expect(await digests(unbalanced('u'))).not.toEqual(alone);
    expect(alone).toHaveLength(1);
  });

  test('is null where nothing but its place names the finding', async () => {
    const { findings } = await verifyBytes(
      Buffer.concat([ndjson(unbalanced('t')), Buffer.from('{"id":\n{}\n')]),
    );
    expect(findings.find(({ check }) => check === 'log/corruption')?.digest).toBeNull();
  });
});
