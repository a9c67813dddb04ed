import type { CheckCard } from '../contract.ts';

/** One check in words, as Markdown; its page under `docs/checks/` begins with the same. */
export function explainCheck(check: CheckCard): string {
  const { id, title, severity, about, reads, implies } = check;
  const rows = [
    `# ${id}`,
    `${title}. Severity: ${severity}.`,
    `**Proves.** ${about.proves}`,
    `**Reads.** ${reads.length === 0 ? 'The lines themselves.' : `${reads.map((path) => `\`${path}\``).join(', ')}.`}`,
    `**Skips.** ${about.skips}`,
    `**Is not fooled by.** ${about.notFooledBy}`,
  ];
  if (implies.length > 0) {
    rows.push(`**The same fault may also break** ${implies.map((id) => `\`${id}\``).join(', ')}.`);
  }
  return `${rows.join('\n\n')}\n`;
}
