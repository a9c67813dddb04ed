import { timingSafeEqual } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { FintechError, messageOf } from '../../../kernel/errors.ts';
import { guardHost } from '../../../kernel/host-guard.ts';
import { problem, PROBLEM_MEDIA_TYPE } from '../../../kernel/problem.ts';
import type { Clock } from '../../../kernel/time.ts';
import type { RunningSandbox } from '../driver.ts';
import type { SandboxPlan } from '../plan.ts';

const STOP_DELAY_MS = 10;
const REQUEST_MS = 10_000;
const BODY_LIMIT_BYTES = 4_194_304;

/**
 * How another shell speaks to the process that runs the sandbox: loopback, a port of its own, and
 * the token of `state.json`.
 */
export async function serveControl(
  sandbox: RunningSandbox,
  { token, clock }: { token: string; clock: Clock },
): Promise<AsyncDisposable & { url: string }> {
  const server = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_MS,
    http: { connectionsCheckingInterval: 1000 },
  });
  protect(server, token);
  server.get('/units', () => sandbox.status());
  server.post<{ Body: SandboxPlan }>('/units', (request) => sandbox.startMissing(request.body));
  server.post<{ Params: { name: string } }>('/units/:name/restart', async (request, reply) => {
    await sandbox.restart(request.params.name);
    return reply.code(204).send();
  });
  server.post('/stop', (_, reply) => {
    clock.after(STOP_DELAY_MS, () => void sandbox.stop());
    return reply.code(202).send();
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url, [Symbol.asyncDispose]: () => server.close() };
}

function protect(server: FastifyInstance, token: string): void {
  const expected = Buffer.from(`Bearer ${token}`);
  server.addHook('onRequest', async (request, reply) => {
    const refused = guardHost(request.headers);
    if (refused !== undefined)
      return reply.code(refused.status).type(PROBLEM_MEDIA_TYPE).send(refused);
    const given = Buffer.from(request.headers.authorization ?? '');
    const known = given.length === expected.length && timingSafeEqual(given, expected);
    if (known) return undefined;
    const unauthorized = problem(401, 'unauthorized', {
      title: 'The control token is missing or wrong',
    });
    return reply
      .code(401)
      .header('www-authenticate', 'Bearer')
      .type(PROBLEM_MEDIA_TYPE)
      .send(unauthorized);
  });
  server.setErrorHandler((error, _, reply) => {
    const ours = error instanceof FintechError;
    const fault = problem(ours ? 409 : 500, 'sandbox', {
      title: 'The sandbox could not do this',
      detail: messageOf(error),
      ...(ours ? { code: error.code, hint: error.hint } : {}),
    });
    return reply.code(fault.status).type(PROBLEM_MEDIA_TYPE).send(fault);
  });
}
