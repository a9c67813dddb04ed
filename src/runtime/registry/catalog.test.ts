import { describe, expect, it } from 'vitest';
import { Catalog, type Change } from './catalog.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import { aCheck, anInstance } from './registry-fixture.ts';
import { healthTopic, serviceTopic, type Topic, TopicIndexes } from './topics.ts';

const replaceNone = { replaceChecks: false };

function emptyCatalog(): Catalog {
  return new Catalog({ index: 1, instances: [], checks: [] });
}

/** Applies a plan that must change something, and tells whom it woke. */
function applied(catalog: Catalog, change: Change | undefined): Topic[] {
  expect(change).toBeDefined();
  if (change !== undefined) catalog.apply(change);
  return [...(change?.topics ?? [])].sort();
}

describe('a catalog', () => {
  it('has the consul service and the check of the node from the start', () => {
    const catalog = emptyCatalog();
    expect([...catalog.instances()].map(({ id }) => id)).toEqual(['consul']);
    expect(catalog.nodeChecks().map(({ id, status }) => [id, status])).toEqual([
      ['serfHealth', 'passing'],
    ]);
  });

  it('raises its index by one for a registration and stamps instance and checks', () => {
    const catalog = emptyCatalog();
    applied(catalog, catalog.planRegister(anInstance('pay-1'), [aCheck('pay-1')], replaceNone));
    expect(catalog.index).toBe(2);
    expect(catalog.instance('pay-1')).toMatchObject({ createIndex: 2, modifyIndex: 2 });
    expect(catalog.check('service:pay-1')).toMatchObject({ status: 'critical', createIndex: 2 });
  });

  it('plans without changing anything', () => {
    const catalog = emptyCatalog();
    catalog.planRegister(anInstance('pay-1'), [aCheck('pay-1')], replaceNone);
    expect([catalog.index, catalog.instanceCount, catalog.checkCount]).toEqual([1, 1, 1]);
  });

  it('takes a repeated registration as no change', () => {
    const catalog = emptyCatalog();
    const register = () =>
      catalog.planRegister(anInstance('pay-1'), [aCheck('pay-1')], replaceNone);
    applied(catalog, register());
    expect(register()).toBeUndefined();
  });

  it('keeps the state of a check that is registered again without a status', () => {
    const catalog = emptyCatalog();
    applied(catalog, catalog.planRegister(anInstance('pay-1'), [aCheck('pay-1')], replaceNone));
    applied(catalog, catalog.planReport('service:pay-1', { status: 'passing', output: 'ok' }));
    const changed = anInstance('pay-1', { port: 9 });
    applied(catalog, catalog.planRegister(changed, [aCheck('pay-1')], replaceNone));
    expect(catalog.check('service:pay-1')).toMatchObject({ status: 'passing', output: 'ok' });
    const critical = aCheck('pay-1', { status: 'critical' });
    applied(catalog, catalog.planRegister(changed, [critical], replaceNone));
    expect(catalog.check('service:pay-1')).toMatchObject({ status: 'critical', output: '' });
  });

  it('drops the checks a registration left out only when asked to replace them', () => {
    const catalog = emptyCatalog();
    const old = aCheck('pay-1', { id: 'old' });
    const fresh = aCheck('pay-1', { id: 'new' });
    applied(catalog, catalog.planRegister(anInstance('pay-1'), [old], replaceNone));
    applied(catalog, catalog.planRegister(anInstance('pay-1'), [fresh], replaceNone));
    expect(catalog.checksOf('pay-1').map(({ id }) => id)).toEqual(['old', 'new']);
    const replacing = { replaceChecks: true };
    applied(catalog, catalog.planRegister(anInstance('pay-1'), [fresh], replacing));
    expect(catalog.checksOf('pay-1').map(({ id }) => id)).toEqual(['new']);
  });

  it('lists the instances of a service in the order they came, whatever changes later', () => {
    const catalog = emptyCatalog();
    for (const id of ['pay-2', 'pay-1', 'pay-3']) {
      applied(catalog, catalog.planRegister(anInstance(id), [], replaceNone));
    }
    const moved = anInstance('pay-2', { port: 1 });
    applied(catalog, catalog.planRegister(moved, [], replaceNone));
    expect(catalog.instancesOf('PAY').map(({ id }) => id)).toEqual(['pay-2', 'pay-1', 'pay-3']);
  });

  it('removes the checks of an instance with it', () => {
    const catalog = emptyCatalog();
    applied(catalog, catalog.planRegister(anInstance('pay-1'), [aCheck('pay-1')], replaceNone));
    applied(catalog, catalog.planDeregister('pay-1'));
    expect([catalog.instancesOf('pay'), catalog.checksOf('pay-1')]).toEqual([[], []]);
    expect(catalog.planDeregister('pay-1')).toBeUndefined();
  });
});

describe('a change wakes', () => {
  function registered(): Catalog {
    const catalog = emptyCatalog();
    applied(catalog, catalog.planRegister(anInstance('pay-1'), [aCheck('pay-1')], replaceNone));
    applied(catalog, catalog.planRegister(anInstance('fx-1'), [aCheck('fx-1')], replaceNone));
    return catalog;
  }

  it('only the health of its own service, for a new check status', () => {
    const catalog = registered();
    const report = { status: 'passing', output: '' } as const;
    expect(applied(catalog, catalog.planReport('service:pay-1', report))).toEqual([
      'checks',
      'health:pay',
    ]);
    expect(catalog.indexOf(healthTopic('pay'))).toBe(4);
    expect(catalog.indexOf(serviceTopic('pay'))).toBe(2);
    expect(catalog.indexOf(healthTopic('fx'))).toBe(3);
  });

  it('nobody, for a repeated report or for new output alone, which is kept', () => {
    const catalog = registered();
    const critical = { status: 'critical', output: '' } as const;
    expect(catalog.planReport('service:pay-1', critical)).toBeUndefined();
    const said = { status: 'critical', output: 'still' } as const;
    expect(applied(catalog, catalog.planReport('service:pay-1', said))).toEqual([]);
    expect(catalog.index).toBe(3);
    expect(catalog.check('service:pay-1')).toMatchObject({ output: 'still', modifyIndex: 2 });
  });

  it('the old and the new name, for an instance that changes its name', () => {
    const catalog = registered();
    const renamed = anInstance('pay-1', { name: 'payments' });
    expect(applied(catalog, catalog.planRegister(renamed, [], replaceNone))).toEqual([
      'checks',
      'health:pay',
      'health:payments',
      'service:pay',
      'service:payments',
      'services',
    ]);
    expect(catalog.instancesOf('pay')).toEqual([]);
  });

  it('both services, for a check that moves from one to the other', () => {
    const catalog = registered();
    const moved = aCheck('fx-1', { id: 'service:pay-1' });
    expect(applied(catalog, catalog.planCheck(moved))).toEqual([
      'checks',
      'health:fx',
      'health:pay',
    ]);
    expect(catalog.checksOf('pay-1')).toEqual([]);
  });

  it('the health of every service, for a check of the node', () => {
    const catalog = registered();
    const disk = aCheck('', { id: 'disk' });
    const everyone = ['checks', 'health:consul', 'health:fx', 'health:pay'];
    expect(applied(catalog, catalog.planCheck(disk))).toEqual(everyone);
    expect(applied(catalog, catalog.planRemoveCheck('disk'))).toEqual(everyone);
  });

  it('those who wait for a service that goes, and its index stays above what they saw', () => {
    const catalog = registered();
    const woken = applied(catalog, catalog.planDeregister('pay-1'));
    expect(woken).toEqual(['checks', 'health:pay', 'service:pay', 'services']);
    expect(catalog.indexOf(serviceTopic('pay'))).toBe(4);
  });
});

describe('topic indexes', () => {
  it('never fall when long departed services are forgotten, and other services stay exact', () => {
    const indexes = new TopicIndexes(1);
    indexes.raise([serviceTopic('alive')], 2);
    const names = Array.from({ length: REGISTRY_LIMITS.departedServices + 1 }, (_, at) => `s${at}`);
    for (const [at, name] of names.entries()) {
      indexes.raise([serviceTopic(name), healthTopic(name)], at + 10);
      indexes.notePresence(name, false);
    }
    expect(indexes.of(serviceTopic('s0'))).toBe(10);
    expect(indexes.of(serviceTopic('never seen'))).toBe(10);
    expect(indexes.of(serviceTopic('s1'))).toBe(11);
    expect(indexes.of(serviceTopic('alive'))).toBe(2);
  });
});
