import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { request } from 'undici';
import { FintechError, messageOf } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { VerifyConfig } from '../model/verify-config.ts';
import { LEDGER_PROJECTIONS, ledgerProjection } from '../verify/projection/ledger-projections.ts';
import type { Projection } from '../verify/projection/projection.ts';
import { pendingOnly, type ReadModel, readSnapshot } from '../verify/projection/read-model.ts';
import type { Context } from './context.ts';
import { ownToken } from './event-client.ts';
import { requireRunning } from './running.ts';
import type { NamedSource } from './verify-sources.ts';
import type { Workspace } from './workspace.ts';

/** A projection by name, and where its live read model is: a service, an address or a file. */
export interface ReadModelPlace {
  projection: string;
  place: string;
  /** Named in `fintech.yaml`: left out, with a warning, where its service does not run. */
  isStanding?: boolean;
}

export interface ReadModelOptions {
  workspace: Workspace | undefined;
  /** The user's own. */
  projections: readonly Projection[];
  /** Where relative paths start. */
  folder: string;
  maxKeys: number;
}

/** Read models are of one log; those of `fintech.yaml` are of the sandbox. */
export function readModelPlaces(
  byFlag: readonly ReadModelPlace[],
  { config, sources }: { config: VerifyConfig; sources: readonly NamedSource[] },
): ReadModelPlace[] {
  const [source, ...others] = sources;
  if (byFlag.length > 0 && others.length > 0) {
    throw new FintechError('USAGE_INVALID', 'a read model is of one log, and here are several', {
      hint: 'Name one source.',
    });
  }
  const isSandbox = source?.sandbox === true && others.length === 0;
  const configured = Object.entries((isSandbox ? config.readModels : undefined) ?? {});
  const named = new Set(byFlag.map(({ projection }) => projection));
  return [
    ...byFlag,
    ...configured
      .filter(([projection]) => !named.has(projection))
      .map(([projection, place]) => ({ projection, place, isStanding: true })),
  ];
}

const SCOPE = 'projections:read';
const HEADERS_MS = 30_000;

/**
 * Reads live read models whole, before the log is read: what they hold is then surely in it.
 * @throws FintechError VERIFY_SOURCE, USAGE_INVALID, SANDBOX_NOT_RUNNING
 */
export async function readModels(
  context: Context,
  places: readonly ReadModelPlace[],
  options: ReadModelOptions,
): Promise<ReadModel[]> {
  const models: ReadModel[] = [];
  for (const { projection: name, place, isStanding } of places) {
    const projection = projectionNamed(name, options);
    if (isStanding === true && (await isDown(context, place, options))) {
      context.reporter.warn(`${place} does not run, so its ${name} are not compared with the log`);
      continue;
    }
    const bytes = await openPlace(context, { projection: name, place }, options);
    const { position, entries } = await readSnapshot(bytes, { place, maxKeys: options.maxKeys });
    const kept = projection.name === 'holds' ? pendingOnly(entries) : entries;
    models.push({ place, projection, position, entries: kept });
  }
  return models;
}

/** One of the workspace's projections, or one that a ledger's log has anyway. @throws FintechError USAGE_INVALID */
export function projectionNamed(
  name: string,
  { projections, maxKeys }: { projections: readonly Projection[]; maxKeys: number },
): Projection {
  const ours = LEDGER_PROJECTIONS.find((known) => known === name);
  if (ours !== undefined) return ledgerProjection(maxKeys, ours);
  const found = projections.find((projection) => projection.name === name);
  if (found !== undefined) return found;
  const known = [...LEDGER_PROJECTIONS, ...projections.map((projection) => projection.name)];
  throw new FintechError(
    'USAGE_INVALID',
    `there is no projection ${name}.${didYouMean(name, new Set(known))}`,
    { hint: `Known here: ${known.join(', ')}. Others are named in verify.projections.` },
  );
}

async function openPlace(
  context: Context,
  { projection, place }: ReadModelPlace,
  { workspace, folder }: ReadModelOptions,
): Promise<AsyncIterable<Uint8Array>> {
  if (place.includes('://')) return fetchModel(context, { workspace, url: place });
  if (workspace !== undefined && Object.hasOwn(workspace.config.services ?? {}, place)) {
    const url = await serviceUrl(context, workspace, place);
    const path = `/internal/projections/${encodeURIComponent(basename(projection))}`;
    return fetchModel(context, { workspace, url: `${url}${path}` });
  }
  return readFile(resolve(folder, place), place);
}

/** Whether a place is a service of the workspace that does not run. */
async function isDown(
  context: Context,
  place: string,
  { workspace }: ReadModelOptions,
): Promise<boolean> {
  if (workspace === undefined || !Object.hasOwn(workspace.config.services ?? {}, place))
    return false;
  const units = await (await requireRunning(context, workspace)).status();
  return !units.some(({ name, kind }) => kind === 'service' && name === place);
}

async function serviceUrl(
  context: Context,
  workspace: Workspace,
  service: string,
): Promise<string> {
  const units = await (await requireRunning(context, workspace)).status();
  const unit = units.find(({ name, kind }) => kind === 'service' && name === service);
  if (unit !== undefined) return unit.url;
  throw new FintechError('SANDBOX_UNIT_UNKNOWN', `service ${service} does not run`, {
    hint: 'Start it: fintech up. Or compare nothing: fintech verify --skip projection/diff.',
  });
}

async function fetchModel(
  context: Context,
  { workspace, url }: { workspace: Workspace | undefined; url: string },
): Promise<AsyncIterable<Uint8Array>> {
  const token = context.environment['FINTECH_TOKEN'] ?? (await tokenOf(context, workspace));
  const answer = await request(url, {
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    headersTimeout: HEADERS_MS,
    signal: context.signal,
  }).catch((error: unknown) => {
    context.signal.throwIfAborted();
    throw unreadable(url, messageOf(error), error);
  });
  if (answer.statusCode === 200) return answer.body as AsyncIterable<Uint8Array>;
  await answer.body.dump();
  throw unreadable(url, `it answered ${answer.statusCode}`);
}

async function tokenOf(
  context: Context,
  workspace: Workspace | undefined,
): Promise<string | undefined> {
  if (workspace === undefined) return undefined;
  return ownToken(context, workspace, { audience: 'api', scopes: [SCOPE] });
}

async function* readFile(path: string, place: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Buffer>;
  } catch (error) {
    throw unreadable(place, messageOf(error), error);
  }
}

function unreadable(place: string, why: string, cause?: unknown): FintechError {
  return new FintechError('VERIFY_SOURCE', `cannot read the read model ${place}: ${why}`, {
    hint: `Name a service, a file, or an address whose answer FINTECH_TOKEN allows (${SCOPE}).`,
    details: { source: place },
    cause,
  });
}
