import { describe, expect, it } from 'vitest';
import { PRESET_PERSONAS } from './persona-presets.ts';
import { personasOf } from './personas.ts';
import { isKnownScope, SCOPE_PRESETS } from './scope-presets.ts';

describe('the personas of a project', () => {
  it('are its own, its clients and those of the presets', () => {
    const identity = {
      clients: { teller: { scopes: ['tills:open'] } },
      personas: { clerk: { sub: 'usr_clerk', scopes: [] } },
    };
    expect([...personasOf({ name: 'bank', identity }).keys()]).toEqual([
      'service:teller',
      'clerk',
      ...Object.keys(PRESET_PERSONAS),
    ]);
  });

  it('replace a preset by one of their own of its name', () => {
    const mine = { sub: 'usr_me', scopes: ['accounts'] };
    const personas = personasOf({ name: 'bank', identity: { personas: { 'uk:aisp': mine } } });
    expect(personas.get('uk:aisp')).toMatchObject({ subject: 'usr_me', scopes: ['accounts'] });
  });
});

describe('a preset', () => {
  it.each(Object.entries(PRESET_PERSONAS))('%s holds known scopes only', (_name, { scopes }) => {
    const known = new Set(SCOPE_PRESETS);
    expect(scopes.filter((scope) => !isKnownScope(scope, known))).toEqual([]);
    expect(scopes.length).toBeGreaterThan(0);
  });
});
