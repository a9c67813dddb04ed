import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, exchange } from './exchange.ts';
import { seededRandom, systemRandom } from '../../src/kernel/random.ts';
import { type Attempt, badRequests, sentFor } from './fuzz/bad-requests.ts';
import { faultOfAnswer, faultOfRefusal, undocumented } from './fuzz/judge.ts';
import { documentAt, type Operation, operationsOf } from './fuzz/openapi.ts';
import { randomRequests } from './fuzz/random-requests.ts';
import type { Recipe } from './fuzz/recipe.ts';
import { RECIPES } from './fuzz/recipes.ts';
import { places, unbounded } from './fuzz/schema.ts';
import { RunningBank, type Stored } from './running-bank.ts';
import { setVariables } from './service-settings.ts';

const SERVICES = Object.keys(RECIPES);
const AT_ONCE = 16;
const RANDOM_REQUESTS = 150;
const seed = process.env['FINTECH_TEST_SEED'] ?? systemRandom.uuid();

let bank: RunningBank;
let origins: Map<string, string>;
const documents = new Map<string, object>();

beforeAll(async () => {
  bank = await RunningBank.start(SERVICES.join(), {
    prepare: (root) => setVariables(root, 'webhooks', { RETRY_SCHEDULE_S: '0.1' }),
  });
  origins = await bank.origins();
  for (const [service, origin] of origins) documents.set(service, await documentAt(origin));
});
afterAll(() => bank[Symbol.asyncDispose]());

const operationsAt = (service: string) => operationsOf(service, documents.get(service) ?? {});

describe.each(SERVICES)('the document of %s', (service) => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const document = documents.get(service) as Record<string, unknown>;
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('bounds everything that a client may send', () => {
    const faults = operationsAt(service).flatMap(({ name, body, parameters }) => [
      ...parameters.flatMap((one) => unbounded(one.schema, `${name} ${one.name}`)),
      ...(body === undefined ? [] : [{ path: [], schema: body }, ...places(body)]).flatMap(
        ({ path, schema }) => unbounded(schema, `${name} ${path.join('.')}`),
      ),
    ]);
    expect(faults).toEqual([]);
  });

  it('holds no operation that is not tried below, and all that are', () => {
    const names = operationsAt(service).map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(RECIPES[service] ?? {}).sort());
  });
});

const EACH = SERVICES.flatMap((service) =>
  Object.keys(RECIPES[service] ?? {}).map((name) => ({ service, name })),
);

describe.each(EACH)('$service: $name', ({ service, name }) => {
  it('refuses whatever is wrong, and then does what is right', async () => {
    const operation = operationNamed(service, name);
    const valid = await recipeOf(operation)(bank);
    const before = await facts();
    const attempts = badRequests(operation, valid, bank.token);
    const direct = await answers(originOf(service), attempts);
    const outside = name.includes(' /v1/') ? await answers(bank.gateway, attempts) : [];
    expect([
      ...[...direct, ...outside].flatMap((one) => faults(one, faultOfRefusal(one.answer))),
      ...direct.flatMap((one) => faults(one, undocumented(operation, one.answer))),
    ]).toEqual([]);
    expect(await facts()).toEqual(before);

    const good = sentFor(operation, valid, bank.token);
    const answer = await exchange(originOf(service), good);
    expect(answer.status, answer.text).toBeLessThan(300);
    expect(undocumented(operation, answer)).toBeUndefined();
  });
});

const COMMANDS = EACH.filter(({ name }) => name.startsWith('POST'));
/** Told apart by the id of a message, not by a key. */
const KEYLESS = 'POST /v1/webhooks/inbound/{source}';

describe.each(COMMANDS.filter(({ name }) => name !== KEYLESS))(
  '$service: $name, asked again',
  ({ service, name }) => {
    it('is answered alike by its key, which nothing else may use, and as documented without', async () => {
      const operation = operationNamed(service, name);
      const good = sentFor(operation, await recipeOf(operation)(bank), bank.token);
      const first = await exchange(bank.gateway, good);
      const again = await exchange(originOf(service), good);
      expect(again).toMatchObject({ status: first.status, text: first.text });
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(first.headers['idempotency-replayed']).toBeUndefined();

      const other = { ...good, target: `${good.target}?x=1` };
      expect(await exchange(originOf(service), other)).toMatchObject({ status: 422 });

      const { 'idempotency-key': _, ...headers } = good.headers;
      const bare = await exchange(originOf(service), { ...good, headers });
      expect(faultOfAnswer(bare) ?? undocumented(operation, bare)).toBeUndefined();
    });
  },
);

describe.each(COMMANDS)('$service: $name, asked by chance', ({ service, name }) => {
  it(`fails at nothing, and takes nothing that it should not (FINTECH_TEST_SEED=${seed})`, async () => {
    const operation = operationNamed(service, name);
    const valid = await recipeOf(operation)(bank);
    const random = seededRandom(`${seed} ${name}`);
    const count = RANDOM_REQUESTS;
    const attempts = randomRequests(operation, { valid, token: bank.token, random, count });
    const bad = attempts.filter(({ isBad }) => isBad);
    const perhapsGood = attempts.filter(({ isBad }) => !isBad);
    const [refused, judged] = [
      await answers(originOf(service), bad),
      await answers(bank.gateway, perhapsGood),
    ];
    expect([
      ...refused.flatMap((one) => faults(one, faultOfRefusal(one.answer))),
      ...judged.flatMap((one) => faults(one, faultOfAnswer(one.answer))),
    ]).toEqual([]);
    expect(bad.length).toBeGreaterThan(count / 4);
  });
});

describe('after all of it', () => {
  it('every hold that payments placed is that of an authorised payment', async () => {
    const log = await bank.events();
    const ended = new Set(log.filter(({ type }) => ENDED.test(type)).map(holdOf));
    const pending = log.filter(
      (event) => event.type.endsWith('.hold-placed.v1') && !ended.has(holdOf(event)),
    );
    const ofPayments = pending.filter(({ authid }) => authid === 'payments');
    expect(ofPayments.length).toBeGreaterThan(0);
    for (const { data } of ofPayments) {
      const { status } = await bank.get(`/v1/payments/${String(data['paymentId'])}`);
      expect([data['paymentId'], status]).toEqual([data['paymentId'], 'authorised']);
    }
  });

  it('the log is consistent and every read model is what the log says', async () => {
    const models = ['balances=ledger', 'holds=ledger', 'balances=accounts'];
    const flags = models.flatMap((model) => ['--read-model', model]);
    const { exitCode, stdout } = await bank.run('verify', ...flags, '--require', 'projection/diff');
    expect(exitCode, stdout).toBe(0);
  });
});

const ENDED = /\.hold-(?:posted|voided|expired)\.v1$/;

function holdOf({ data }: Stored): unknown {
  return data['holdId'];
}

interface Tried extends Attempt {
  answer: Answer;
}

/** Sends all of them, some at once. One that hangs, or is cut, is answered by status 599. */
async function answers(origin: string, attempts: readonly Attempt[]): Promise<Tried[]> {
  const tried: Tried[] = [];
  const left = [...attempts];
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      tried.push({ ...next, answer: await answerOf(origin, next) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return tried;
}

function answerOf(origin: string, { sent }: Attempt): Promise<Answer> {
  return exchange(origin, sent).catch((error: unknown) => {
    return { status: 599, type: '', headers: {}, text: String(error) };
  });
}

function faults({ name, sent }: Attempt, fault: string | undefined): string[] {
  return fault === undefined
    ? []
    : [`${sent.method} ${sent.target.slice(0, 60)}: ${name}: ${fault}`];
}

function operationNamed(service: string, name: string): Operation {
  const found = operationsAt(service).find((operation) => operation.name === name);
  if (found === undefined) throw new Error(`${service} has no ${name}`);
  return found;
}

function originOf(service: string): string {
  const origin = origins.get(service);
  if (origin === undefined) throw new Error(`${service} does not run`);
  return origin;
}

function recipeOf({ service, name }: Operation): Recipe {
  const recipe = RECIPES[service]?.[name];
  if (recipe === undefined) throw new Error(`no recipe for ${name}`);
  return recipe;
}

/** Refusals of the domain are kept with their key, and tries of webhooks go on by themselves. */
const NO_CHANGE = /\.command-completed\.|\.webhooks\.(?:attempt-|delivered|dead-lettered)/;

async function facts(): Promise<Stored[]> {
  return (await bank.events()).filter(({ type }) => !NO_CHANGE.test(type));
}
