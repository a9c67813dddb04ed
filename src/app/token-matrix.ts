import type { JsonWebKey } from 'node:crypto';
import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { Need } from '../model/token-defect.ts';
import type { MatrixReport, TargetReport } from '../model/matrix-report.ts';
import {
  DEFAULT_LIFETIME_S,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  type TokenRequest,
} from '../model/token-request.ts';
import {
  type GivenToken,
  loadDefects,
  loadMatrix,
  type MatrixOptions,
  type TokenSource,
} from '../runtime/identity/public.ts';
import type { Context } from './context.ts';
import { givenTokens } from './given-tokens.ts';
import { type GoodTokenInput, type GoodTokens, goodTokensOf } from './good-tokens.ts';
import { useKeys } from './keys.ts';
import { chooseDefects } from './matrix-choice.ts';
import { type MatrixReportFormat, MatrixRun } from './matrix-run.ts';
import { type ChosenTarget, chooseTargets, type TargetInput } from './matrix-targets.ts';
import { publishedKeys } from './published-keys.ts';
import { PLAIN, refuseSharedFiles, type ReportTarget, writeReports } from './report-files.ts';
import { requestOf } from './tokens.ts';
import { findWorkspace, type Workspace } from './workspace.ts';

export interface MatrixInput extends TargetInput, GoodTokenInput {
  algorithm: SigningAlgorithm | undefined;
  accept: string;
  refuse: string | undefined;
  only: readonly string[];
  skip: readonly string[];
  has: readonly Need[];
  callback: string | undefined;
  perSecond: number | undefined;
  /** Keys of the other issuer: a file or an address. */
  jwks: string | undefined;
  given: readonly string[];
  reporters: readonly ReportTarget<MatrixReportFormat>[];
}

/** APIs ask an issuer for keys they do not know at most every 30 s: our gateway, and jose. */
const KEYS_CACHED_MS = 31_000;
/** Beyond this machine, whatever is said. */
const MAX_PER_SECOND = 5;

/**
 * Sends good and bad tokens to an API and judges its answers.
 * @throws FintechError USAGE_…, TOKEN_…, KEYS_UNREADABLE
 */
export async function runTokenMatrix(
  context: Context,
  input: MatrixInput,
): Promise<Outcome<MatrixRun>> {
  refuseSharedFiles(context, input.reporters);
  const matrix = await loadMatrix();
  const rules = {
    accepts: statusesOf('--accept', input.accept, matrix.parseStatuses),
    refuses: input.refuse && statusesOf('--refuse', input.refuse, matrix.parseStatuses),
  };
  const workspace = await findWorkspace(context);
  const targets = await chooseTargets(context, workspace, input);
  const foreign = await goodTokensOf(context, input);
  const given = await givenTokens(context, input.given);
  const defects = chooseDefects(await loadDefects(), input);
  const reports: TargetReport[] = [];
  let keysKnownMs: number | undefined;
  // Where no address is given, one of ours: an API on this machine can ask there.
  await using own = input.callback === undefined ? await matrix.openCallback() : undefined;
  for (const target of targets) {
    if (context.signal.aborted) break;
    const callback = input.callback ?? (target.isLoopback ? own?.url : undefined);
    const { source, keysMade } = await sourceOf(context, {
      workspace,
      target,
      foreign,
      input,
      callback,
    });
    if (keysMade) keysKnownMs = context.clock.monotonicMs() + KEYS_CACHED_MS;
    const options = {
      keysKnownMs,
      target,
      source,
      defects,
      given,
      has: new Set(input.has),
      rules: { ...rules, refuses: rules.refuses || undefined },
      perSecond: rateOf(target, input.perSecond),
      calls: own?.calls,
    };
    reports.push(await watched(context, options, matrix.runMatrix));
  }
  const run = new MatrixRun(reportOf(context, reports), { ...input, ...matrix, ...context });
  await writeReports(context, input.reporters, (format) => run.render(format, PLAIN));
  return run.outcome();
}

type Watched = Omit<MatrixOptions, 'clock' | 'random' | 'signal' | 'onShot' | 'onWait'> & {
  given: readonly GivenToken[];
};

async function watched(
  { reporter, clock, random, signal }: Context,
  options: Watched,
  run: (options: MatrixOptions) => Promise<TargetReport>,
): Promise<TargetReport> {
  const { method, url } = options.target;
  const step = reporter.step(`${method} ${url.origin}${url.pathname}`);
  const onShot = (done: number, all: number) => step.update(`${done} of ${all}`);
  const onWait = (ms: number) =>
    reporter.note(
      `note: the API may not know keys made for this run; asking again in ${Math.ceil(ms / 1000)} s`,
    );
  const report = await run({ ...options, clock, random, signal, onShot, onWait }).catch(
    (error: unknown) => {
      step.fail();
      throw error;
    },
  );
  if (report.verdict === 'tight') step.succeed();
  else step.fail(report.verdict);
  return report;
}

function reportOf({ signal }: Context, targets: TargetReport[]): MatrixReport {
  const has = (verdict: TargetReport['verdict']) => targets.some((one) => one.verdict === verdict);
  const verdict = has('holes') ? 'holes' : has('inconclusive') ? 'inconclusive' : 'tight';
  return { verdict, ...(signal.aborted ? { interrupted: true } : {}), targets };
}

function statusesOf<T>(flag: string, text: string, parse: (text: string) => T | undefined): T {
  const statuses = parse(text);
  if (statuses !== undefined) return statuses;
  throw new FintechError('USAGE_INVALID', `${flag} "${text}" is no list of statuses`, {
    hint: 'Such as 2xx,404.',
  });
}

function rateOf({ isLoopback }: ChosenTarget, asked: number | undefined): number | undefined {
  if (isLoopback) return asked;
  if (asked === undefined || asked <= MAX_PER_SECOND) return asked ?? MAX_PER_SECOND;
  throw new FintechError('USAGE_INVALID', `--rate ${asked} is too fast beyond this machine`, {
    hint: `At most ${MAX_PER_SECOND} a second are sent there.`,
  });
}

interface Sources {
  workspace: Workspace | undefined;
  target: ChosenTarget;
  foreign: GoodTokens | undefined;
  input: MatrixInput;
  callback: string | undefined;
}

/** Where good tokens come from, and whether keys were made for them now. */
async function sourceOf(
  context: Context,
  sources: Sources,
): Promise<{ source: TokenSource; keysMade: boolean }> {
  const { foreignTokens, ownTokens } = await loadMatrix();
  const { workspace, target, foreign, input, callback } = sources;
  const { random, clock } = context;
  if (foreign !== undefined) {
    const published: readonly JsonWebKey[] = await publishedKeys(
      context,
      input.jwks ?? foreign.jwksUri,
    );
    const source = foreignTokens({ token: foreign.token, published, random, clock, callback });
    return { source, keysMade: false };
  }
  const { persona, scopes } = target;
  const first: TokenRequest = await requestOf(context, workspace, {
    persona,
    scopes,
    audience: input.audience ?? 'api',
    algorithm: input.algorithm ?? 'ES256',
    lifetimeS: DEFAULT_LIFETIME_S,
    atMs: undefined,
    skewMs: 0,
    claims: {},
    issuer: undefined,
    ownsIssuer: false,
  });
  const request = () => ({ ...first, issuedAtMs: clock.now() });
  const anyAlgorithm = input.algorithm === undefined;
  return useKeys(context, workspace, (keys) => {
    const before = keys.list().length;
    const algorithms = anyAlgorithm ? SIGNING_ALGORITHMS : [first.algorithm];
    for (const algorithm of algorithms) keys.signingKey(algorithm);
    const source = ownTokens({ request, anyAlgorithm, target, keys, random, callback });
    return { source, keysMade: keys.list().length > before };
  });
}
