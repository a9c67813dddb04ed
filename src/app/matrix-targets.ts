import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FintechError, messageOf } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { MatrixTarget } from '../runtime/identity/public.ts';
import type { Context } from './context.ts';
import type { Workspace } from './workspace.ts';

/** What is said of requests on the command line; it goes before what `fintech.yaml` says. */
export interface TargetInput {
  /** An address, or the name of one in `matrix.targets`; all of those where it is left out. */
  target: string | undefined;
  method: string | undefined;
  /** Text, or `@file`. */
  body: string | undefined;
  headers: readonly (readonly [name: string, value: string])[];
  scopes: readonly string[] | undefined;
  persona: string | undefined;
  ownsTarget: boolean;
}

/** A target, and whose token it is sent. */
export interface ChosenTarget extends MatrixTarget {
  scopes: readonly string[] | undefined;
  persona: string | undefined;
  /** Nothing beyond this machine is involved. */
  isLoopback: boolean;
}

const MAX_BODY_BYTES = 1024 * 1024;

/** @throws FintechError TOKEN_TARGET_NOT_ALLOWED, USAGE_INVALID, USAGE_MISSING_VALUE */
export async function chooseTargets(
  context: Context,
  workspace: Workspace | undefined,
  input: TargetInput,
): Promise<ChosenTarget[]> {
  const chosen: ChosenTarget[] = [];
  for (const found of configured(workspace, input.target)) {
    const url = addressOf(found.url);
    const isLoopback = isLoopbackHost(url.hostname);
    if (!isLoopback) demandOwned(url, workspace, input.ownsTarget);
    const folder = input.body === undefined ? (workspace?.root ?? '') : context.cwd;
    chosen.push({
      name: found.name,
      url,
      method: input.method ?? found.method ?? 'GET',
      headers: input.headers,
      body: await bodyOf(input.body ?? found.body, folder),
      scopes: input.scopes ?? found.scope?.split(' ').filter((scope) => scope !== ''),
      persona: input.persona ?? found.persona,
      isLoopback,
    });
  }
  return chosen;
}

interface Found {
  name: string | undefined;
  url: string;
  method?: string;
  body?: string;
  scope?: string;
  persona?: string;
}

function configured(workspace: Workspace | undefined, named: string | undefined): Found[] {
  const targets = workspace?.config.matrix?.targets ?? [];
  if (named === undefined) {
    if (targets.length > 0) return targets;
    throw new FintechError('USAGE_MISSING_VALUE', 'at what? --target is missing', {
      hint: 'Give an address, or list requests under matrix.targets of fintech.yaml.',
    });
  }
  if (/^https?:\/\//i.test(named)) return [{ name: undefined, url: named }];
  const found = targets.filter(({ name }) => name === named);
  if (found.length > 0) return found;
  const known = targets.map(({ name }) => name);
  throw new FintechError('USAGE_INVALID', `no target "${named}".${didYouMean(named, known)}`, {
    hint:
      known.length === 0
        ? 'Give an http or https address.'
        : `Give an address, or one of ${known.join(', ')}.`,
  });
}

function addressOf(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new FintechError('USAGE_INVALID', 'the target is no http or https address', {
      hint: 'Such as --target http://127.0.0.1:9080/v1/payments',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new FintechError('USAGE_INVALID', 'the target holds a user or password', {
      hint: 'Tokens are what is tried here; leave them out.',
    });
  }
  url.hash = '';
  return url;
}

/** Names and addresses that never leave this machine (RFC 6761 §6.3, RFC 1122 §3.2.1.3). */
function isLoopbackHost(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** Forged tokens are an attack to whoever did not ask for them. `--yes` is no such request. */
function demandOwned(
  { host, hostname }: URL,
  workspace: Workspace | undefined,
  owns: boolean,
): void {
  const listed = workspace?.config.identity?.targets ?? [];
  const isListed = listed.some((name) => [host, hostname].includes(name.toLowerCase()));
  if (owns || isListed) return;
  throw new FintechError('TOKEN_TARGET_NOT_ALLOWED', `${hostname} is not on this machine`, {
    hint: 'If you may attack it, list it under identity.targets of fintech.yaml, or add --i-own-this.',
    details: { host },
  });
}

async function bodyOf(body: string | undefined, folder: string): Promise<string | undefined> {
  if (body?.startsWith('@') !== true) return body;
  const file = resolve(folder, body.slice(1));
  try {
    const bytes = await readFile(file);
    if (bytes.length > MAX_BODY_BYTES) throw new Error(`it has more than ${MAX_BODY_BYTES} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new FintechError('USAGE_INVALID', `cannot read the body ${file}: ${messageOf(error)}`, {
      hint: 'Name a text file: --body @payment.json',
    });
  }
}
