import { expect, it } from 'vitest';
import { faultsInSarif } from '../../../../kernel/sarif.fixture.ts';
import { createAjv } from '../../../../kernel/schema.ts';
import {
  type MatrixReport,
  matrixReportSchema,
  SHOT_OUTCOMES,
  type ShotOutcome,
  type ShotReport,
} from '../../../../model/matrix-report.ts';
import { humanReport } from './human.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';
import { sarifReport } from './sarif.ts';

const same = (text: string): string => text;
const STYLE = { bold: same, dim: same, good: same, bad: same, warn: same };

function shot(id: string, outcome: ShotOutcome, explanation: string): ShotReport {
  const severity = outcome === 'wrongly-accepted' ? 'critical' : null;
  return {
    id,
    class: 'S1',
    title: `Sent <${id}>`,
    sources: ['RFC 8725 §3.1'],
    outcome,
    severity,
    expected: { status: 401, scheme: 'Bearer', error: 'invalid_token' },
    answer: outcome === 'not-run' ? null : { status: 200, scheme: null, error: null },
    explanation,
  };
}

const SHOTS = [
  shot('s/fine', 'refused', 'Refused.'),
  shot('s/hole', 'wrongly-accepted', 'Accepted & "open" @everyone.'),
  shot('s/odd-1', 'refused-otherwise', 'Refused, but with 403. Due is 401 (RFC 1).'),
  shot('s/odd-2', 'refused-otherwise', 'Refused, but with 403. Due is 401 (RFC 2).'),
  shot('s/idle', 'not-run', "Not run: needs the issuer's key."),
  shot('s/busy', 'not-judged', 'Answered 429 twice.'),
];
const counts = Object.fromEntries(
  SHOT_OUTCOMES.map((name) => [name, SHOTS.filter(({ outcome }) => outcome === name).length]),
) as Record<ShotOutcome, number>;
const REPORT: MatrixReport = {
  verdict: 'holes',
  interrupted: true,
  targets: [
    {
      name: 'pay|ments',
      method: 'POST',
      url: 'https://api.test/v1',
      issuer: 'ours',
      verdict: 'holes',
      reason: 'Something <odd>.',
      counts,
      shots: SHOTS,
    },
  ],
};
const RENDERING = { report: REPORT, version: '1.2.3' };

it('for people has a table by class, each hole in words, each kind of oddity once, and what was not run', () => {
  const text = humanReport(RENDERING, STYLE);
  expect(text.split('\n')).toEqual([
    'pay|ments: POST https://api.test/v1',
    'class                   refused  otherwise  accepted  holes  not judged  not run',
    'S structure, signature        1          2         -      1           1        1',
    'critical s/hole (S1)',
    '  sent: Sent <s/hole>',
    '  Accepted & "open" @everyone.',
    'otherwise 2 shots: Refused, but with 403. Due is 401. s/odd-1, s/odd-2',
    "not run: 1 needs the issuer's key",
    'holes: 1 hole; of 6 shots 1 refused as they must be, 2 refused, but otherwise, 1 wrongly accepted, 1 not judged, 1 not run',
    'Something <odd>.',
    '',
    'Interrupted: this is no more than a part.',
  ]);
});

it('in JSON obeys its schema', () => {
  const validate = createAjv().compile(matrixReportSchema);
  expect(validate(JSON.parse(JSON.stringify(REPORT))), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...REPORT, more: 1 })).toBe(false);
});

it('in JUnit has a case for each shot: holes fail, what says nothing is skipped', () => {
  const text = junitReport(RENDERING);
  expect(text).toContain('tests="6" failures="1" errors="0" skipped="2"');
  expect(text).toContain('message="Accepted &amp; &quot;open&quot; @everyone."');
  expect(text.match(/<testcase /g)).toHaveLength(6);
  expect(text.match(/<skipped /g)).toHaveLength(2);
  expect(text).not.toMatch(/<s\/hole>/);
});

it('in Markdown notifies nobody and breaks no table', () => {
  const text = markdownReport(RENDERING);
  expect(text).toContain('### s/hole (S1, critical)');
  expect(text).toContain('pay\\|ments');
  expect(text).not.toContain('@everyone');
  expect(text).toContain('**Interrupted**');
});

it('in Markdown leaves out holes a comment has no room for, and counts them', () => {
  const [target] = REPORT.targets;
  if (target === undefined) throw new Error('there is no target');
  const shots = Array.from({ length: 2000 }, (_, at) => shot(`s/${at}`, 'wrongly-accepted', 'x'));
  const text = markdownReport({
    ...RENDERING,
    report: { verdict: 'holes', targets: [{ ...target, shots }] },
  });
  expect(text.length).toBeLessThan(65_536);
  expect(text).toMatch(/\d+ holes more, for which there is no room here\./);
});

it('in SARIF is valid, has a result for each hole and tells what was not checked', () => {
  const log: unknown = JSON.parse(sarifReport(RENDERING));
  expect(faultsInSarif(log)).toEqual([]);
  expect(log).toMatchObject({
    runs: [
      {
        invocations: [
          {
            executionSuccessful: false,
            toolExecutionNotifications: [
              { descriptor: { id: 'good' } },
              { descriptor: { id: 's/idle' } },
              { descriptor: { id: 's/busy' } },
            ],
          },
        ],
        results: [
          {
            ruleId: 's/hole',
            ruleIndex: 1,
            level: 'error',
            locations: [{ physicalLocation: { artifactLocation: { uri: 'fintech.yaml' } } }],
          },
        ],
      },
    ],
  });
});
