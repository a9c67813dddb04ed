import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDuration } from '../kernel/time.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { DriverName } from '../runtime/sandbox/driver.ts';
import type { Context } from './context.ts';
import { copyPackages, linkPackages } from './demo-packages.ts';
import { DOWN, Tour, type TourStep } from './demo-tour.ts';

const TRANSACTIONS = '/v1/ledger/transactions';
const PAYMENT_KEY = 'demo-payment-1';

export interface DemoInput {
  driver: DriverName;
}

/**
 * The tour. In a temporary folder the program runs its own commands: it scaffolds a bank, starts
 * it, pays through the gateway, shows what is refused, proves that the money adds up, and shows
 * what a changed log looks like. Everything is stopped and removed, whatever
 * happens; where that fails the folder stays, since only from there can be cleaned up.
 * @param tell is told of each step as it is done
 * @throws FintechError DEMO_FAILED when a step does not end as it must
 */
export async function demo(
  context: Context,
  { driver, tell }: DemoInput & { tell: (step: TourStep) => Promise<void> },
): Promise<Outcome<{ steps: TourStep[] }>> {
  const folder = await mkdtemp(join(tmpdir(), 'fintech-demo-'));
  const tour = new Tour(context, { folder, root: join(folder, 'bank'), driver, tell });
  try {
    await start(context, tour);
    await pay(tour);
    await refuse(tour);
    await verify(tour);
  } finally {
    await tour.stop();
    await rm(folder, { recursive: true, force: true });
  }
  await tour.show(`fintech ${DOWN.join(' ')}`, [
    'stopped: nothing listens any more, data and folder are gone',
  ]);
  return { data: { steps: tour.steps } };
}

async function start({ clock, reporter }: Context, tour: Tour): Promise<void> {
  const inDocker = tour.driver === 'docker';
  await tour.program.run(['init', 'bank', '--services', 'ledger', '--yes'], { where: tour.folder });
  await (inDocker ? copyPackages : linkPackages)(tour.root);
  await tour.show('fintech init bank --services ledger --yes', [
    'a workspace with a ledger service',
  ]);
  if (inDocker) reporter.note('the first start makes the image that all containers run');
  const startedMs = clock.monotonicMs();
  const names = (await tour.up()).join(', ');
  const took = formatDuration(clock.monotonicMs() - startedMs);
  await tour.show(`fintech up --driver ${tour.driver} --detach`, [
    `sandbox ready in ${took}: ${names}`,
  ]);
}

async function pay(tour: Tour): Promise<void> {
  const mint = ['token', 'mint', '--persona', 'customer', '--scope', 'ledger:post ledger:read'];
  const token = await tour.token(mint);
  await tour.show(`TOKEN=$(fintech ${words(mint)})`, ['a signed token for the persona customer']);
  const cash = { accountId: 'cash', currency: 'EUR', kind: 'asset' };
  const accounts = [
    cash,
    ...['alice', 'shop'].map((accountId) => ({ accountId, currency: 'EUR', kind: 'liability' })),
  ];
  for (const account of accounts) {
    await tour.post({ path: '/v1/ledger/accounts', token, body: account, expect: 201 });
  }
  const deposit = transfer({ from: 'cash', to: 'alice', amount: 10_000 });
  await tour.post({ path: TRANSACTIONS, token, key: 'demo-deposit-1', body: deposit, expect: 201 });
  await tour.show('POST /v1/ledger/accounts, then a deposit', [
    '201: alice has 100.00 EUR (10000 minor units)',
  ]);

  const body = transfer({ from: 'alice', to: 'shop', amount: 1250 });
  await tour.post({ path: TRANSACTIONS, token, key: PAYMENT_KEY, body, expect: 201 });
  await tour.show(`POST ${TRANSACTIONS} through the gateway`, [
    '201: payment of 1250 minor units (12.50 EUR) accepted, alice to shop',
  ]);

  const replay = await tour.post({
    path: TRANSACTIONS,
    token,
    key: PAYMENT_KEY,
    body,
    expect: 201,
  });
  tour.require(
    replay.headers['idempotency-replayed'] === 'true',
    'the second answer to one key is marked as replayed',
  );
  const balance = await tour.balance('shop', token);
  tour.require(balance === 1250, `the shop has 1250 after the same key twice, not ${balance}`);
  await tour.show('the same request with the same Idempotency-Key', [
    `201, Idempotency-Replayed: true; no second effect: shop still has ${balance}`,
  ]);
}

async function refuse(tour: Tour): Promise<void> {
  const body = transfer({ from: 'alice', to: 'shop', amount: 1 });
  const mint = ['token', 'mint', '--persona', 'customer', '--scope', 'ledger:read'];
  const weak = await tour.post({
    path: TRANSACTIONS,
    token: await tour.token(mint),
    key: 'demo-weak',
    body,
    expect: 403,
  });
  await tour.show(`the same request with \`fintech ${words(mint)}\``, [
    `403: wrong scope, refused: ${weak.title}`,
  ]);
  const broken = [
    'token',
    'mint',
    '--persona',
    'customer',
    '--scope',
    'ledger:post',
    '--defect',
    'claims/expired',
  ];
  const expired = await tour.post({
    path: TRANSACTIONS,
    token: await tour.token(broken),
    key: 'demo-expired',
    body,
    expect: 401,
  });
  await tour.show(`the same request with \`fintech ${words(broken)}\``, [
    `401: expired, refused: ${expired.title}`,
  ]);
}

async function verify(tour: Tour): Promise<void> {
  const good = await tour.verdict([]);
  tour.require(good.verdict === 'consistent', 'the log of the payment is consistent');
  await tour.show('fintech verify', [
    `consistent: ${good.events} events replayed, the money adds up`,
  ]);

  const log = await tour.program.run(['events', 'export']);
  const { text, id } = changeOneDigit(log);
  const file = join(tour.folder, 'tampered.ndjson');
  await writeFile(file, text);
  tour.require((await readFile(file, 'utf8')) !== log, 'the copy differs from the log');
  const bad = await tour.verdict([file]);
  const named = bad.findings.find((finding) => JSON.stringify(finding).includes(id));
  tour.require(bad.verdict === 'inconsistent', 'the changed copy is inconsistent');
  tour.require(named !== undefined, `the finding names the event ${id}`);
  await tour.show('fintech verify tampered.ndjson, a copy with one digit changed', [
    `inconsistent: ${named?.check}: ${named?.message}`,
    `the changed event: ${id}`,
  ]);
}

function transfer(move: { from: string; to: string; amount: number }): object {
  const { amount } = move;
  return {
    postings: [
      { accountId: move.from, direction: 'debit', amount, currency: 'EUR' },
      { accountId: move.to, direction: 'credit', amount, currency: 'EUR' },
    ],
  };
}

/** Changes the first digit of the first amount of the newest transaction. */
function changeOneDigit(log: string): { text: string; id: string } {
  const lines = log.trimEnd().split('\n');
  const at = lines.findLastIndex((line) => line.includes('transaction-posted'));
  const line = lines[at] ?? '';
  const { id } = JSON.parse(line) as { id: string };
  lines[at] = line.replace(
    /"amount":(\d)/,
    (_, digit: string) => `"amount":${digit === '9' ? '8' : '9'}`,
  );
  return { text: `${lines.join('\n')}\n`, id };
}

function words(command: readonly string[]): string {
  return command.map((word) => (word.includes(' ') ? `"${word}"` : word)).join(' ');
}
