import { describe, expect, test } from 'vitest';
import { settingsBy } from '../settings.ts';
import { LogWriter } from '../testing/log-writer.ts';
import { judge } from '../testing/scenario.ts';

class Service extends LogWriter {
  tell(step: 'accepted' | 'completed', commandId: string, status?: number): this {
    this.attributes = { correlationid: commandId };
    this.append(`command-${commandId}`, `webhooks.command-${step}`, { commandId, status });
    this.attributes = {};
    return this;
  }

  act(correlationid: string): this {
    this.attributes = { correlationid };
    this.append('s', 'words.said', {});
    this.attributes = {};
    return this;
  }
}

const commands = (service: Service, afterMs = 0) => {
  const asOfMs = Date.UTC(2027, 0, 1, 0, 0, 1) + afterMs;
  return judge('saga/commands', service, { settings: settingsBy({}, { asOfMs }) });
};
const MINUTES_5 = 300_000;

describe('saga/commands', () => {
  test('an accepted command needs an event or an outcome within 5 minutes', async () => {
    const silent = () => new Service().tell('accepted', 'c');
    expect((await commands(silent(), MINUTES_5)).found).toEqual([]);
    expect((await commands(silent(), MINUTES_5 + 1)).found).toEqual(['1: none']);
    expect((await commands(silent().act('c'), MINUTES_5 + 1)).found).toEqual([]);
    expect((await commands(silent().act('other'), MINUTES_5 + 1)).found).toEqual(['1: none']);
  });

  test('a command without effect records its result; a result needs no acceptance', async () => {
    const refused = new Service().tell('accepted', 'c').tell('completed', 'c', 422);
    expect((await commands(refused, 2 * MINUTES_5)).found).toEqual([]);
    const alone = new Service().tell('completed', 'c', 201);
    expect(await commands(alone)).toMatchObject({ found: [], said: { checked: 1 } });
  });

  test('its own command events are no effect of it', async () => {
    const twice = new Service().tell('accepted', 'c').tell('accepted', 'c');
    expect((await commands(twice, 2 * MINUTES_5)).found).toEqual(['1: none']);
  });

  test('two results are one too many; the same event again is one', async () => {
    const twice = new Service().tell('completed', 'c', 201).act('c').tell('completed', 'c', 201);
    expect((await commands(twice)).found).toEqual(['3: two']);
    const again = new Service().tell('completed', 'c', 201);
    const [result] = again.events;
    if (result !== undefined) again.store({ ...result });
    expect((await commands(again)).found).toEqual([]);
  });

  test('an effect that stands before the acceptance counts as well', async () => {
    const service = new Service().act('c').tell('accepted', 'c');
    expect((await commands(service, 2 * MINUTES_5)).found).toEqual([]);
  });

  test('events that are missing or unreadable may have been the word that lacks', async () => {
    const cut = new Service().tell('accepted', 'c').act('c').act('other');
    cut.events.splice(1, 1);
    const reason = 'events behind its acceptance are missing';
    expect(await commands(cut, 2 * MINUTES_5)).toMatchObject({ found: [], said: { reason } });
    const unread = new Service().tell('accepted', 'c').tell('completed', 'c');
    if (unread.events[1] !== undefined) unread.events[1].data = {};
    const { found, said } = await commands(unread, 2 * MINUTES_5);
    expect(found).toEqual([]);
    expect(said?.reason).toBe(`the command could not be read (1); ${reason} (1)`);
    const timeless = new Service().tell('accepted', 'c');
    if (timeless.events[0] !== undefined) timeless.events[0].time = 'soon';
    expect((await commands(timeless)).said?.reason).toContain('cannot be read');
  });
});
