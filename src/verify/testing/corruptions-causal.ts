import { formatInstant } from '../../kernel/time.ts';
import { appended, type Corrupt, oneOf } from './corrupting.ts';
import { ndjson, type StoredEvent } from './log-writer.ts';

/** A number with a right check digit that no test uses. */
const CARD = '4539578763621486';

/** Faults of causes, processes, commands and clocks, and secrets. */
export const CAUSAL_CORRUPTIONS: Readonly<Record<string, Readonly<Record<string, Corrupt>>>> = {
  'log/schema': {
    'a member is missing': inResult((data) => void delete data['fingerprint']),
    'a member is of another kind': inResult((data) => void (data['resourceId'] = 7)),
    'a number is out of its range': inResult((data) => void (data['status'] = 99)),
    'a text has another form': inResult((data) => void (data['key'] = 'key-1')),
    'an event is of an unknown version': inEvent(
      () => true,
      (event) => void (event.type = event.type.replace(/v1$/, 'v2')),
    ),
    'an event is of an unknown type': appended(({ writer }) =>
      writer.append('audit', 'audit.log-read', {}),
    ),
  },
  'log/clock': {
    'an event is recorded before the one before it': inEvent(
      (_, { at }) => at > 0,
      (event) => void (event.recordedtime = formatInstant(Date.parse(event.time) - 60_000)),
    ),
    'an event occurs after it was recorded': inEvent(
      () => true,
      (event) => void (event.time = formatInstant(Date.parse(event.time) + 1001)),
    ),
    'a clock loses the offset of its zone': inEvent(
      (_, { at, events }) => at > 20 && at < events.length - 20,
      (event, events) => {
        for (const later of events.slice(events.indexOf(event))) {
          later.time = formatInstant(Date.parse(later.time) - 3_600_000);
        }
      },
    ),
  },
  'log/secrets': {
    'a card number stands in a note': withMember('note', `paid by card ${CARD}, thanks`),
    'a card number has a member of its own': withMember('card', { number: CARD }),
    'a card number is a JSON number': withMember('pan', Number(CARD)),
    'a verification value is kept': withMember('card', { cvc: '123' }),
    'a private key is kept': withMember(
      'signing',
      `-----BEGIN PRIVATE KEY-----\n${'MIIEv'.repeat(9)}\n-----END PRIVATE KEY-----`,
    ),
    'a bearer token is kept': withMember('headers', ['Authorization: Bearer q7Rk2.Zp90-wXuV5_tLm']),
    'a generated password is kept': withMember('adminPassword', 'kD83_hq!0zPwT7vB'),
  },
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

function withMember(name: string, value: unknown): Corrupt {
  return inEvent(
    () => true,
    (event) => void (event.data[name] = value),
  );
}

function inResult(change: (data: Record<string, unknown>) => void): Corrupt {
  return inEvent(
    ({ type }) => type.includes('command-completed'),
    ({ data }) => change(data),
  );
}

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
