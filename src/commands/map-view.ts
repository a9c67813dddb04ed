import { printable } from '../kernel/printable.ts';
import type { ExplainedType, MapExplanation } from '../model/map-explanation.ts';
import type { Style } from './verb.ts';

/** Each source with its types, and what they became. */
export function presentMap({ sources }: MapExplanation, style: Style): string {
  return sources
    .map(({ source, events, types }) => {
      const title = `${style.bold(printable(source))}: ${events} ${events === 1 ? 'record' : 'records'}`;
      return [title, ...types.flatMap((type) => typeLines(type, style))].join('\n');
    })
    .join('\n\n');
}

function typeLines({ type, events, outcome, facts }: ExplainedType, style: Style): string[] {
  const name = type === null ? 'without a type' : printable(type);
  const left = outcome === 'left' ? `  ${style.warn('no fact')}` : '';
  const ignored = outcome === 'ignored' ? `  ${style.dim('ignored')}` : '';
  return [
    `  ${name} (${events})${left}${ignored}`,
    ...facts.map(
      ({ fact, count, example, position }) =>
        `    ${fact} (${count})  ${style.dim(`${printable(example)}, at ${printable(position)}`)}`,
    ),
  ];
}
