import { expect, test } from 'vitest';
import { ndjson } from '../testing/log-writer.ts';
import { renderingOf, unbalanced } from '../testing/rendering.ts';
import { memorySource, verifyBytes, verifySources } from '../testing/verify-bytes.ts';
import { githubReport } from './github.ts';
import { markdownReport } from './markdown.ts';

const verified = async (events: readonly object[]) =>
  renderingOf(await verifyBytes(ndjson(events)));
const many = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, i) => ({ ...unbalanced(`t${i}`, more)[0], id: `e${i}` }));

test('a finding is an annotation at its line, named after its check', async () => {
  const [first] = githubReport(await verified(unbalanced('t'))).split('\n');
  expect(first).toMatch(
    /^::error file=log\.ndjson,line=1,title=ledger\/balanced \(critical\)::transaction "t" .*%0Afintech verify /,
  );
});

test('there are at most ten, worst first, and the rest is counted', async () => {
  const rendering = await verified(many(15));
  const lines = githubReport(rendering).split('\n');
  const annotations = lines.filter((line) => line.startsWith('::'));
  expect(annotations).toHaveLength(10);
  expect(annotations.every((line) => line.includes('(critical)'))).toBe(true);
  const more = rendering.report.findings.length - 10;
  expect(lines).toContain(`${more} findings more, which are not annotated`);
});

test('what workflow commands reserve is escaped, in the file’s name and in the text', async () => {
  const source = memorySource('a,b:c%.ndjson', [ndjson(unbalanced('50%\r\n::error::x'))]);
  const [first = '', ...others] = githubReport(renderingOf(await verifySources([source]))).split(
    '\n',
  );
  expect(first).toContain('::error file=a%2Cb%3Ac%25.ndjson,line=1,');
  expect(first).toContain('50%25');
  expect(others.filter((line) => line.startsWith('::error::x'))).toEqual([]);
});

test('a medium finding is a warning; nothing to check is one too', async () => {
  const rendering = await verified(unbalanced('t'));
  const findings = rendering.report.findings.map((finding) => ({
    ...finding,
    severity: 'medium' as const,
  }));
  const medium = githubReport({ ...rendering, report: { ...rendering.report, findings } });
  expect(medium).toMatch(/^::warning file/);
  expect(githubReport(await verified([]))).toMatch(
    /^::warning title=fintech verify::Not checked: /,
  );
});

test('Markdown has a row for each check, and each finding with its events and command', async () => {
  const text = markdownReport(await verified(unbalanced('t')));
  expect(text).toMatch(/^## fintech verify: inconsistent\n/);
  expect(text).toContain('| `ledger/balanced` | inconsistent | 1 | 1 | 0 |');
  expect(text).toContain('### ledger/balanced (critical, log.ndjson:1)');
  expect(text).toContain('```json\n{"id":"');
  expect(text).toContain('```sh\nfintech verify log.ndjson --only ledger/balanced\n```');
});

test('outside text stays text in Markdown: no markup, no link, nobody is notified, no fence ends early', async () => {
  const events = unbalanced('<img> **@team** [x](https://evil.example) ```` \n# h');
  const text = markdownReport(await verified(events));
  const prose = text.replaceAll(/(`{3,})\w+\n[^]*?\n\1(?=\n)/g, '');
  expect(prose).not.toMatch(/<img>|(?<!\\)\*\*@|@team|https:\/\/|\n# h/);
  expect(text).toContain('`````json');
});

test('Markdown shows what the checks read, and fits into a comment', async () => {
  const secret = await verified(unbalanced('t', { iban: 'DE1' }));
  expect(markdownReport(secret)).not.toContain('DE1');
  const text = markdownReport({
    ...(await verified(many(20, { memo: 'x'.repeat(5000) }))),
    show: 'full',
  });
  expect(text.length).toBeLessThan(65_536);
  expect(text).toMatch(/\d+ findings more, for which there is no room here\./);
});
