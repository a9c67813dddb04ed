import { request } from 'undici';
import { hasErrnoCode, messageOf } from '../kernel/errors.ts';
import { readDriverRecord } from '../runtime/sandbox/driver-record.ts';
import type { Context } from './context.ts';
import { ownToken } from './event-client.ts';
import { componentUrl, type Workspace } from './workspace.ts';

const TIMEOUT_MS = 5000;

/**
 * Makes the project's keys known to the sandbox that runs: identity in Docker works on a copy of
 * them, and everywhere it signs with the key it knew when it was last told. Never fails, since
 * whoever made a key has use for it without a sandbox too.
 */
export async function publishKeys(context: Context, workspace: Workspace): Promise<void> {
  const [holder] = readDriverRecord(workspace.stateFolder).holders;
  if (holder === undefined) return;
  try {
    if (holder === 'docker') await copyKeys(context, workspace);
    await renewIssuer(context, workspace);
  } catch (error) {
    context.signal.throwIfAborted();
    const where = holder === 'docker' ? 'identity in Docker' : 'identity';
    context.reporter.warn(
      `a new key was made, and ${where} could not be given it: ${messageOf(error)}. If the sandbox runs, \`fintech down\` and \`fintech up\` give it every key.`,
    );
  }
}

async function copyKeys(context: Context, workspace: Workspace): Promise<void> {
  const { currentDriver } = await import('./sandbox.ts');
  const running = await (await currentDriver(context, workspace)).attach();
  await running?.publishKeys();
}

/** Has a running issuer sign with the key of now. Where nothing listens, the next start does. */
async function renewIssuer(context: Context, workspace: Workspace): Promise<void> {
  const url = await componentUrl(context, workspace, 'identity');
  const token = await ownToken(context, workspace, {
    audience: 'admin',
    scopes: ['sandbox:admin'],
  });
  try {
    const { statusCode, body } = await request(`${url}/admin/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: context.signal,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`it answered ${statusCode}`);
  } catch (error) {
    if (!hasErrnoCode(error, 'ECONNREFUSED')) throw error;
  }
}
