import { FintechError } from '../kernel/errors.ts';
import type { SourceConfig, VerifyConfig } from '../model/verify-config.ts';
import { filesSource } from '../verify/source/files.ts';
import type { Reading, Source } from '../verify/source/source.ts';
import type { Context } from './context.ts';
import { addressSource, nameOfAddress, sandboxSource } from './store-source.ts';

/** A log to read: where its records are, and what reports call it. */
export type NamedSource = SourceConfig & { name: string };

/** Where the sources of a run are, and how their records are read. */
export interface OpenOptions {
  /** Where relative paths start. */
  folder: string;
  readingOf: (source: NamedSource) => Reading;
}

/**
 * What a run reads: the names on the command line, else `verify.sources`, else the sandbox.
 * @throws FintechError CONFIG_INVALID for two of one name, or one that says two places or none
 */
export function sourcesToRead(names: readonly string[], { sources }: VerifyConfig): NamedSource[] {
  const chosen = names.length > 0 ? names : (sources ?? ['sandbox']);
  const named = chosen.map((source) => (typeof source === 'string' ? byName(source) : source));
  const all = named.map((source) => {
    const place = placeOf(source);
    return { ...source, name: source.name ?? place };
  });
  for (const [index, { name }] of all.entries()) {
    if (all.findIndex((other) => other.name === name) === index) continue;
    throw invalid(`two sources are called ${name}`, 'Give each a `name` of its own.');
  }
  return all;
}

/** Opens them in order; what is open already is closed when one cannot be. */
export async function openSources(
  context: Context,
  sources: readonly NamedSource[],
  options: OpenOptions,
): Promise<AsyncDisposableStack & { sources: Source[] }> {
  await using opened = new AsyncDisposableStack();
  const list: Source[] = [];
  for (const source of sources) list.push(opened.use(await openSource(context, source, options)));
  return Object.assign(opened.move(), { sources: list });
}

function byName(name: string): SourceConfig {
  if (name === 'sandbox') return { sandbox: true };
  if (/^https?:\/\//.test(name)) return { url: name };
  if (!name.includes('://')) return { files: name };
  // Not repeated: it may hold a password.
  throw new FintechError('VERIFY_SOURCE', 'an address is read where it is http:// or https://', {
    hint: 'A database is named in fintech.yaml, under verify.sources, by its `postgres`.',
  });
}

/** What a source without a name is called. */
function placeOf(source: SourceConfig): string {
  const { files, sandbox, url, postgres } = source;
  const places = [files, sandbox, url, postgres].filter((place) => place !== undefined);
  if (places.length !== 1) {
    throw invalid(
      `a source of verify.sources says ${places.length === 0 ? 'no place' : 'more than one place'}`,
      'Give it one of `files`, `sandbox`, `url` and `postgres`.',
    );
  }
  if (files !== undefined) return [files].flat().join(', ');
  if (url !== undefined) return nameOfAddress(url);
  return sandbox === true ? 'sandbox' : (source.table ?? 'postgres');
}

function invalid(message: string, hint: string): FintechError {
  return new FintechError('CONFIG_INVALID', message, { hint });
}

function openSource(
  context: Context,
  source: NamedSource,
  { folder, readingOf }: OpenOptions,
): Promise<Source> {
  const as = { name: source.name, reading: readingOf(source) };
  if (source.sandbox === true) return sandboxSource(context, as);
  if (source.url !== undefined) return addressSource(context, source.url, as);
  if (source.postgres !== undefined) return tableSource(context, source, as);
  const files = [source.files ?? []].flat();
  return filesSource(files, { ...as, cwd: folder, stdin: context.stdin });
}

async function tableSource(
  { signal }: Context,
  { postgres: address, table, orderBy, where }: NamedSource,
  as: { name: string; reading: Reading },
): Promise<Source> {
  if (address === undefined || table === undefined || orderBy === undefined) {
    throw invalid(
      `source ${as.name} is of postgres, and needs \`table\` and \`orderBy\``,
      'Without an order there is no log.',
    );
  }
  const { postgresSource } = await import('../verify/source/postgres.ts');
  return postgresSource({ ...as, address, table, orderBy, where, signal });
}
