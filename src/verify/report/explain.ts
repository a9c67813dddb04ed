import type { CheckCard } from '../contract.ts';
import type { FactKind } from '../facts.ts';

/** Facts that only a map makes of events. */
const MAPPED: ReadonlySet<FactKind> = new Set<FactKind>(['movement', 'statement']);

/** A history's check needs no facts. */
type Explained = CheckCard & { needs?: readonly FactKind[] };

/** One check in words, as Markdown; its page under `docs/checks/` begins with the same. */
export function explainCheck(check: Explained): string {
  const { id, title, severity, about, implies } = check;
  const rows = [
    `# ${id}`,
    `${title}. Severity: ${severity}.`,
    `**Proves.** ${about.proves}`,
    `**Reads.** ${readsOf(check)}`,
    `**Skips.** ${about.skips}`,
    `**Is not fooled by.** ${about.notFooledBy}`,
  ];
  if (implies.length > 0) {
    rows.push(`**The same fault may also break** ${implies.map((id) => `\`${id}\``).join(', ')}.`);
  }
  return `${rows.join('\n\n')}\n`;
}

function readsOf({ reads, needs = [] }: Explained): string {
  if (reads.length > 0) return `${reads.map((path) => `\`${path}\``).join(', ')}.`;
  const mapped = needs.filter((kind) => MAPPED.has(kind));
  if (mapped.length === 0) return 'The lines themselves.';
  return `What a map says of ${mapped.map((kind) => `each \`${kind}\``).join(' and ')}.`;
}
