import { appended, type Corrupt, oneOf } from './corrupting.ts';
import { ndjson, type StoredEvent } from './log-writer.ts';

/** Faults of causes, processes and commands. */
export const CAUSAL_CORRUPTIONS: Readonly<Record<string, Readonly<Record<string, Corrupt>>>> = {
  'saga/causation': {
    'a cause is in no log': inEvent(hasCause, (event) => void (event['causationid'] = 'evt-none')),
    'an event is its own cause': inEvent(
      hasCause,
      (event) => void (event['causationid'] = event.id),
    ),
    'a cause stands behind its effect': inEvent(
      (event, { at, events }) => hasCause(event) && at < events.length - 1,
      (event, events) => void (event['causationid'] = events.at(-1)?.id),
    ),
    'two events follow from each other': inEvent(
      (event, { at, events }) => hasCause(event) && hasCause(events[at + 1]),
      (event, events) => {
        const next = events[events.indexOf(event) + 1];
        event['causationid'] = next?.id;
        if (next !== undefined) next['causationid'] = event.id;
      },
    ),
  },
  'saga/completion': {
    'a declined payment is voided': appended(({ writer }) => {
      const money = { amount: 5, currency: 'EUR' };
      const say = (step: string, data: object) =>
        writer.append('payment-x', `payments.${step}`, { paymentId: 'pay_x', ...data });
      say('initiated', { ...money, from: 'x', to: 'y' });
      say('declined', {});
      return say('voided', {});
    }),
    'a payment is settled that never began': appended(({ writer }) =>
      writer.append('payment-x', 'payments.settled', { paymentId: 'pay_x' }),
    ),
    'a payment stays where it is': (log) => {
      const [first] = log.writer.events;
      const data = { paymentId: 'pay_x', amount: 5, currency: 'EUR', from: 'x', to: 'y' };
      const event = log.writer.append('payment-x', 'payments.initiated', data);
      const bytes = ndjson(log.writer.events);
      const asOfMs = Date.parse(first?.time ?? '') + 8 * 86_400_000;
      return { bytes, position: event.globalposition, settings: { asOfMs } };
    },
  },
  'saga/commands': {
    'a command has two results': appended(({ writer }, random) => {
      const results = writer.events.filter(({ type }) => type.includes('command-completed'));
      const { subject, data } = oneOf(results, random);
      return writer.append(subject, 'ledger.command-completed', { ...data, status: 409 });
    }),
    'an accepted command has no event and no result': ({ writer }, random) => {
      const accepted = writer.events.filter(({ type }) => type.includes('command-accepted'));
      const event = oneOf(accepted, random);
      event.data['commandId'] = 'cmd_lost';
      const asOfMs = Date.parse(event.time) + 300_001;
      return { bytes: ndjson(writer.events), position: event.globalposition, settings: { asOfMs } };
    },
  },
};

interface Place {
  at: number;
  events: readonly StoredEvent[];
}

function hasCause(event: StoredEvent | undefined): boolean {
  return event?.['causationid'] !== undefined;
}

function inEvent(
  pleases: (event: StoredEvent, place: Place) => boolean,
  change: (event: StoredEvent, events: readonly StoredEvent[]) => void,
): Corrupt {
  return ({ writer: { events } }, random) => {
    const event = oneOf(
      events.filter((event, at) => pleases(event, { at, events })),
      random,
    );
    change(event, events);
    return { bytes: ndjson(events), position: event.globalposition };
  };
}
