import { FintechError, messageOf } from '../kernel/errors.ts';
import type { Reading, Source } from '../verify/source/source.ts';
import type { Context } from './context.ts';
import {
  type Ask,
  askEvents,
  askStore,
  type EventStore,
  ownToken,
  readHead,
} from './event-client.ts';
import { findWorkspace, loadWorkspace } from './workspace.ts';

interface Named {
  name: string;
  reading: Reading;
}

/** The log of the running sandbox. */
export async function sandboxSource(context: Context, as: Named): Promise<Source> {
  const workspace = await loadWorkspace(context);
  return storeSource(context, as, (request) => askEvents(context, workspace, request));
}

/**
 * The log of an event store elsewhere, opened by FINTECH_TOKEN, else by a token of this workspace.
 * @throws FintechError USAGE_INVALID for an address that is none or holds a password
 */
export async function addressSource(context: Context, url: string, as: Named): Promise<Source> {
  const store: EventStore = {
    url: rootOf(url),
    token: await tokenFor(context),
    hint: 'Check the address, and that the store runs.',
  };
  return storeSource(context, as, (request) => askStore(context, store, request));
}

/** How reports call an address: a query may hold a secret. */
export function nameOfAddress(url: string): string {
  return rootOf(url);
}

/** The store's root: `https://events.example.org`, whether `/events` stands behind it or not. */
function rootOf(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') {
    const why = url === null ? 'is no address' : 'holds a password';
    throw new FintechError('USAGE_INVALID', `what stands for an event store ${why}`, {
      hint: 'Name it as in https://events.example.org, and set FINTECH_TOKEN.',
    });
  }
  return `${url.origin}${url.pathname.replace(/\/(?:events\/?)?$/, '')}`;
}

async function tokenFor(context: Context): Promise<string> {
  const token = context.environment['FINTECH_TOKEN'];
  if (token !== undefined && token !== '') return token;
  const workspace = await findWorkspace(context);
  if (workspace !== undefined) {
    return ownToken(context, workspace, { audience: 'events', scopes: ['events:read'] });
  }
  throw new FintechError('USAGE_MISSING_VALUE', 'there is no token for the event store', {
    hint: 'Set FINTECH_TOKEN to one with the scope events:read.',
  });
}

function storeSource(context: Context, as: Named, ask: Ask): Source {
  return {
    ...as,
    origin: async () => (await readHead(ask)).log,
    parts: [{ name: as.name, open: () => wholeLog(context, ask) }],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function* wholeLog({ signal }: Context, ask: Ask): AsyncGenerator<Uint8Array> {
  try {
    yield* (await ask({ method: 'GET', path: '/events' })).body;
  } catch (error) {
    if (error instanceof FintechError) throw error;
    signal.throwIfAborted();
    throw new FintechError(
      'EVENTS_UNREACHABLE',
      `the event store stopped answering: ${messageOf(error)}`,
      { hint: 'See whether it still runs, then try again.', cause: error },
    );
  }
}
