import { didYouMean } from '../../kernel/nearest.ts';
import { parseDurationMs } from '../../kernel/time.ts';
import type { OutboxConfig, SagaConfig } from '../../model/verify-config.ts';
import type { ConfigPlace } from './config-place.ts';
import { compileValue } from './value.ts';

/** Says what is wrong with the rules of processes. */
export function checkSagas(
  place: ConfigPlace,
  sagas: Readonly<Record<string, SagaConfig>> = {},
): void {
  for (const [name, saga] of Object.entries(sagas)) checkSaga(place.in(name), saga);
}

/** A step that nothing leads to is a slip of the pen. */
function checkSaga(place: ConfigPlace, { start, next, end, deadline }: SagaConfig): void {
  const steps = new Set([...start, ...Object.values(next).flat()]);
  const known = [...steps];
  for (const [index, step] of end.entries()) {
    if (steps.has(step)) continue;
    place
      .in('end')
      .in(index)
      .refuse(`there is no step "${step}".${didYouMean(step, known)}`);
  }
  for (const step of Object.keys(next)) {
    if (!steps.has(step)) place.in('next').refuseKey(step, known);
  }
  checkDuration(place.in('deadline'), deadline);
}

/** Says what is wrong with `outbox`. */
export function checkOutbox(place: ConfigPlace, outbox: OutboxConfig | undefined): void {
  if (outbox === undefined) return;
  if (outbox.key !== undefined) compileValue(place.in('key'), outbox.key);
  checkDuration(place.in('within'), outbox.within);
  if (outbox.committed === outbox.published) {
    place.in('published').refuse('committed and published are two sources');
  }
}

function checkDuration(place: ConfigPlace, text: string | undefined): void {
  if (text === undefined || (parseDurationMs(text) ?? -1) >= 0) return;
  place.refuse(`"${text}" is no duration such as 30d, 12h, 5m`);
}
