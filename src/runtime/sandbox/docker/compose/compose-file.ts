import { Document, isMap, isScalar } from 'yaml';
import type { SandboxPlan } from '../../plan.ts';
import { composeService, type ComposePlace, reachesMachine, volumeOf } from './compose-service.ts';

/**
 * A `compose.yaml` that runs a plan.
 * @param head lines of its first comment
 */
export function composeFile(
  plan: SandboxPlan,
  written: Omit<ComposePlace, 'reachesMachine'>,
  head: readonly string[],
): string {
  const { units } = plan;
  const place = { ...written, reachesMachine: reachesMachine(plan) };
  const document = new Document(
    {
      services: Object.fromEntries(units.map((unit) => [unit.name, composeService(unit, place)])),
      volumes: Object.fromEntries(units.map((unit) => [volumeOf(unit), {}])),
    },
    // docker-compose 1.29 reads YAML 1.1, where `on` and `no` are no texts.
    { aliasDuplicateObjects: false, compat: 'yaml-1.1' },
  );
  document.commentBefore = head.map((line) => ` ${line}`).join('\n');
  spaceOut(document.contents);
  spaceOut(document.get('services'));
  return document.toString({ lineWidth: 0, singleQuote: true });
}

/** An empty line before each entry. */
function spaceOut(map: unknown): void {
  if (!isMap(map)) return;
  for (const { key } of map.items.slice(1)) {
    if (isScalar(key)) key.spaceBefore = true;
  }
}
