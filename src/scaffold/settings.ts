import { FintechError } from '../kernel/errors.ts';
import { nearestName } from '../kernel/nearest.ts';
import type { Template } from './manifest.ts';

/** `name=value` each, by whose parameters they are. */
export interface Settings {
  workspace: string[];
  /** By the service's id. */
  services: Map<string, string[]>;
}

/**
 * Deals out what `init` was told by `--set`: `ci=none` is the workspace's, `ledger.dockerfile=false`
 * the ledger's.
 * @throws FintechError USAGE_INVALID for what is nobody's, with the nearest name
 */
export function dealOut(
  set: readonly string[],
  { workspace, services }: { workspace: Template; services: readonly Template[] },
): Settings {
  const settings: Settings = {
    workspace: [],
    services: new Map(services.map(({ manifest }) => [manifest.id, []])),
  };
  const known = [
    ...namesOf(workspace),
    ...services.flatMap((one) => namesOf(one).map((name) => `${one.manifest.id}.${name}`)),
  ];
  for (const assignment of set) {
    const [name = '', ...value] = assignment.split('=');
    if (value.length === 0 || !known.includes(name)) throw unknownSetting(assignment, known);
    const [, service, rest] = /^([^.]*)\.(.*)$/s.exec(assignment) ?? [];
    if (name.includes('.') && service !== undefined && rest !== undefined) {
      settings.services.get(service)?.push(rest);
    } else settings.workspace.push(assignment);
  }
  return settings;
}

function namesOf({ manifest }: Template): string[] {
  return Object.keys(manifest.parameters ?? {});
}

function unknownSetting(assignment: string, known: readonly string[]): FintechError {
  const name = assignment.split('=', 1)[0] ?? '';
  const nearest = known.find((one) => one.endsWith(`.${name}`)) ?? nearestName(name, known);
  const meant = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  return new FintechError(
    'USAGE_INVALID',
    assignment.includes('=')
      ? `--set ${assignment}: there is no parameter "${name}" here.${meant}`
      : `--set ${assignment}: write it as name=value`,
    { hint: `Parameters here: ${known.join(', ') || 'none'}.` },
  );
}
