import type { ProjectionReport } from '../../model/ledger-report.ts';
import type { Projected } from '../state/projected.ts';
import type { Projection } from './projection.ts';
import { valueText } from './same-value.ts';

/** What a projection says, by key, as plain JSON. */
export function projectionReport<State>(
  projection: Projection<State>,
  { state, last }: Projected<State>,
): ProjectionReport {
  const entries = [...projection.entries(state)].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    projection: projection.name,
    position: last?.at.position ?? '0',
    entries: entries.map(([key, value]) => ({ key, value: plainJson(value) })),
  };
}

/** A bigint becomes a JSON integer, or its digits where a reader that uses doubles would change it. */
function plainJson(value: unknown): unknown {
  return value === undefined ? null : (JSON.parse(valueText(value)) as unknown);
}
