import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { Config } from '../model/config.ts';
import { COMPONENT_SCOPES, isScope } from '../model/names.ts';
import { DEFAULT_PERSONA, type Persona, personasOf } from '../model/personas.ts';
import { isKnownScope, SCOPE_PRESETS } from '../model/scope-presets.ts';

/** The persona a token speaks for. @throws FintechError TOKEN_UNKNOWN_PERSONA, USAGE_MISSING_VALUE */
export function choosePersona(
  config: Config | undefined,
  named: string | undefined,
): { name: string; persona: Persona } {
  const personas = personasOf(config);
  const name = named ?? DEFAULT_PERSONA;
  const persona = personas.get(name);
  if (persona !== undefined) return { name, persona };
  const known = [...personas.keys()];
  const hint = `Known are ${known.join(', ')}.`;
  if (named === undefined) {
    throw new FintechError('USAGE_MISSING_VALUE', 'for whom? --persona is missing', { hint });
  }
  const suggestion = didYouMean(name, known);
  throw new FintechError('TOKEN_UNKNOWN_PERSONA', `no persona "${name}".${suggestion}`, {
    hint,
    details: { persona: name, known },
  });
}

/**
 * The scopes of a token: those asked for, or else the persona's.
 * @returns with the ones asked for that the persona does not hold
 * @throws FintechError TOKEN_UNKNOWN_SCOPE, USAGE_INVALID
 */
export function chooseScopes(
  config: Config | undefined,
  persona: Persona,
  asked: readonly string[] | undefined,
): { scopes: readonly string[]; unheld: string[] } {
  if (asked === undefined) return { scopes: persona.scopes, unheld: [] };
  const known = knownScopes(config);
  for (const scope of asked) demandKnown(scope, known);
  const scopes = [...new Set(asked)];
  return { scopes, unheld: scopes.filter((scope) => !persona.scopes.includes(scope)) };
}

function demandKnown(scope: string, known: ReadonlySet<string>): void {
  if (!isScope(scope)) {
    throw new FintechError('USAGE_INVALID', `"${scope}" is not a scope`, {
      hint: 'A scope is visible ASCII without quotes and backslashes (RFC 6749 §3.3).',
    });
  }
  if (isKnownScope(scope, known)) return;
  throw new FintechError(
    'TOKEN_UNKNOWN_SCOPE',
    `nothing here knows the scope "${scope}".${didYouMean(scope, known)}`,
    {
      hint: 'Name it in fintech.yaml: at a route, a client or a persona.',
      details: { scope, known: [...known] },
    },
  );
}

/** Scopes of the project, of our components, and of the open-banking presets. */
function knownScopes(config: Config | undefined): ReadonlySet<string> {
  const routes = config?.gateway?.routes ?? [];
  return new Set([
    ...[...personasOf(config).values()].flatMap(({ scopes }) => scopes),
    ...routes.flatMap(({ scopes = [], anyScope = [] }) => scopes.concat(anyScope)),
    ...Object.values(COMPONENT_SCOPES).flat(),
    ...SCOPE_PRESETS,
  ]);
}
