import { describe } from 'vitest';
import { DAY, describeDay } from './day/describe-day.ts';
import { killProcess } from './day/disruptor.ts';
import { RunningBank } from './running-bank.ts';

const PAYMENTS = Number(process.env['DAY_PAYMENTS'] ?? 400);

describe(`a day of business, embedded, with ${PAYMENTS} ${DAY}`, () => {
  describeDay({
    payments: PAYMENTS,
    customers: 24,
    host: () => '127.0.0.1',
    start: (services, prepare) => RunningBank.start(services, { prepare }),
    kill: killProcess,
  });
});
