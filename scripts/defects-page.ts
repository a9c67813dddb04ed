import { byArea } from '../src/model/defect-areas.ts';
import type { DefectEntry, ExpectedAnswer } from '../src/model/token-defect.ts';

const HEAD = `# Ways in which a token can be broken

<!-- Written by \`node scripts/defects.ts\` from the catalogue itself. -->

\`fintech token mint --defect <id>\` makes a token that is broken in one of these ways; with \`--twin\` it
is the same token without it. \`fintech token matrix\` sends all that fit an API. \`fintech token defects
--json\` is this page as data.

- **answer**: what an API must say, as status and error of \`WWW-Authenticate\`; a status after _or_ is
  as right. Whatever is expected, never 5xx, and nothing of the token in the answer or a log.
- **needs**: what an API must have for it to mean something. Without it the token may be good.
- **made of**: _any_ good token, whoever signed it (\`--from\`), or takes the _issuer's key_. Some fit a
  few algorithms only.
- A row may hold tokens that must be accepted: their answer is 200.

Row C23, a revoked token, can only be had from an issuer: \`token matrix --with revoked=@file\`. Weak keys
and keys for other uses (S33, S35) are made anew by each run, and named as an issuer would that publishes
them; an API that takes their tokens trusts keys that it was never given.`;

const COLUMNS = ['row', 'id', 'what is wrong', 'answer', 'needs', 'made of', 'sources'];

/** docs/defects.md of a catalogue, but for the padding of its tables. */
export function defectsPage(defects: readonly DefectEntry[]): string {
  const sections = byArea(defects).map(({ letter, title, entries }) => {
    const lines = [COLUMNS, COLUMNS.map(() => '---'), ...entries.map(cellsOf)];
    const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
    return `## ${letter}: ${title}\n\n${table}`;
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

function cellsOf(defect: DefectEntry): string[] {
  const { class: row, id, title, expect, needs, sources } = defect;
  const cells = [row, `\`${id}\``, escaped(title), answerOf(expect), needs.join(', ')];
  return [...cells, makingOf(defect), sources.join(', ')];
}

/** Text in a cell of a table. */
function escaped(text: string): string {
  return text.replaceAll(/[|<>*_]/g, String.raw`\$&`);
}

function answerOf({ status, scheme, error, or = [] }: ExpectedAnswer): string {
  const others = or.length === 0 ? '' : ` or ${or.join(', ')}`;
  const challenge = error === null ? '' : ` ${scheme ?? ''} \`${error}\``;
  return `${status}${challenge}${others}`;
}

function makingOf({ from, mintable, algorithms }: DefectEntry): string {
  if (!mintable) return 'any, only sent';
  const whose = from === 'sign' ? "issuer's key" : 'any';
  return algorithms === undefined ? whose : `${whose}; ${algorithms.join(', ')}`;
}
