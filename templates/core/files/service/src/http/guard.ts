import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AccessOptions, type Caller, verifyAccess } from '../platform/access.ts';
import { Unavailable } from '../unavailable.ts';
import { sendProblem } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope a caller must hold. A route names one, or says that it is open. */
    scope?: string;
    open?: true;
    idempotency?: 'required' | 'optional';
  }
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}

/** Closes every route but those that say they are open. */
export function guard(app: FastifyInstance, access: AccessOptions): void {
  app.decorateRequest('caller', undefined);
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.scope === undefined && config?.open !== true) {
      throw new Error(`route ${url} names neither a scope nor that it is open`);
    }
  });
  app.addHook('onRequest', async (request, reply) => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined) return undefined;
    const verdict = await verifyAccess(request.headers, access);
    if (!verdict.ok) return refuse(request, reply, verdict.reason);
    if (!verdict.caller.scopes.has(scope)) return refuseScope(request, reply, scope);
    request.caller = verdict.caller;
    return undefined;
  });
}

/** Who is calling, on a route that is not open. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new Error(`${request.url} is open: nobody is known`);
  return request.caller;
}

/** RFC 6750 §3: a missing token gets no error code, a bad one `invalid_token`. */
function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  reason: 'missing' | 'invalid' | 'keys-unavailable',
): FastifyReply {
  if (reason === 'keys-unavailable') {
    throw new Unavailable('keys-unavailable', 'the keys of the issuer cannot be had');
  }
  const missing = reason === 'missing';
  void reply.header('www-authenticate', missing ? 'Bearer' : 'Bearer error="invalid_token"');
  const detail = missing ? 'an access token is needed' : 'the access token is not accepted';
  const code = missing ? 'token-missing' : 'token-invalid';
  return sendProblem(request, reply, { status: 401, code, detail });
}

function refuseScope(request: FastifyRequest, reply: FastifyReply, scope: string): FastifyReply {
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  void reply.header('www-authenticate', challenge);
  const detail = `the access token lacks the scope ${scope}`;
  return sendProblem(request, reply, { status: 403, code: 'scope-missing', detail });
}
