import { expect, it } from 'vitest';
import type { Template } from './manifest.ts';
import { withNeeds } from './selection.ts';
import { dealOut } from './settings.ts';

function template(id: string, names: string[], needs: string[] = []): Template {
  const rule = { type: 'string' as const, description: 'd', default: '' };
  const parameters = Object.fromEntries(names.map((name) => [name, rule]));
  const kind = id === 'workspace' ? ('workspace' as const) : ('service' as const);
  const manifest = {
    schemaVersion: 1 as const,
    id,
    kind,
    description: 'd',
    parameters,
    needs,
    files: [],
  };
  return { folder: '/', manifest, parts: [] };
}

const workspace = template('workspace', ['ci']);
const services = [template('ledger', ['dockerfile', 'ci']), template('fees', [])];

it("deals settings out to the workspace and the services, the value's dots and all", () => {
  const set = ['ci=none', 'ledger.dockerfile=a.b=c', 'ledger.ci=x'];
  expect(dealOut(set, { workspace, services })).toEqual({
    workspace: ['ci=none'],
    services: new Map([
      ['ledger', ['dockerfile=a.b=c', 'ci=x']],
      ['fees', []],
    ]),
  });
});

it.each([
  ['cii=none', 'Did you mean "ci"?'],
  ['dockerfile=false', 'Did you mean "ledger.dockerfile"?'],
  ['ledger.dokcerfile=false', 'Did you mean "ledger.dockerfile"?'],
  ['payments.dockerfile=false', 'there is no parameter "payments.dockerfile" here'],
  ['ledger.=x', 'there is no parameter'],
  ['ci', 'write it as name=value'],
  ['=x', 'there is no parameter ""'],
])('refuses --set %s and says what was meant', (assignment, why) => {
  expect(() => dealOut([assignment], { workspace, services })).toThrow(
    expect.objectContaining({
      code: 'USAGE_INVALID',
      message: expect.stringContaining(why) as string,
      hint: 'Parameters here: ci, ledger.dockerfile, ledger.ci.',
    }) as Error,
  );
});

it('adds what the chosen services call, and what that calls, in the order of the offer', () => {
  const offered = [template('a', []), template('b', [], ['a']), template('c', [], ['b', 'other'])];
  const { services, added } = withNeeds(offered, ['c']);
  expect(services.map(({ manifest }) => manifest.id)).toEqual(['a', 'b', 'c']);
  expect(added).toEqual([
    { id: 'b', neededBy: 'c' },
    { id: 'a', neededBy: 'b' },
  ]);
  expect(withNeeds(offered, ['b', 'a']).added).toEqual([]);
});
