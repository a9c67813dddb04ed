import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { WORKSPACE } from '../names.ts';
import { Unavailable } from '../unavailable.ts';
import { BodyError } from './json-body.ts';

/** What the statuses that are answered with problem details mean. */
export const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  409: 'Conflict',
  413: 'Content too large',
  414: 'URI too long',
  415: 'Unsupported media type',
  422: 'Unprocessable content',
  503: 'Service unavailable',
};

export interface ProblemText {
  status: number;
  code: string;
  detail: string;
}

/** What is not there. */
export function unknown(what: string, id: string): ProblemText {
  return { status: 404, code: `${what}-unknown`, detail: `no ${what} ${id}` };
}

/** Answers with problem details (RFC 9457). */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, code, detail }: ProblemText,
): FastifyReply {
  return reply
    .code(status)
    .type('application/problem+json')
    .send({
      type: `urn:${WORKSPACE}:problem:${code}`,
      title: TITLES[status] ?? 'Error',
      status,
      detail,
      instance: request.url.split('?')[0],
      traceId: request.id,
    });
}

/** Whatever was thrown, told to the client without telling what it must not know. */
export function sendError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = problemOf(error);
  if (problem.status === 503) void reply.header('retry-after', '1');
  if (problem.status >= 500) request.log.error({ err: error }, 'request failed');
  return sendProblem(request, reply, problem);
}

function problemOf(error: FastifyError | Error): ProblemText {
  if (error instanceof Unavailable) {
    return { status: 503, code: error.code, detail: error.message };
  }
  if (error instanceof BodyError) return { status: 400, code: error.code, detail: error.message };
  if ('validation' in error && error.validation !== undefined) {
    return { status: 400, code: 'invalid-request', detail: validationText(error) };
  }
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status === 414)
    return { status, code: 'invalid-request', detail: 'an id in the path is too long' };
  if (status < 500) return { status, code: 'invalid-request', detail: error.message };
  return { status: 500, code: 'internal', detail: 'this is a fault of the service, not of yours' };
}

function validationText(error: FastifyError): string {
  const [first] = error.validation ?? [];
  const unknown = first?.params['additionalProperty'];
  const place = `${error.validationContext ?? 'request'}${first?.instancePath ?? ''}`;
  if (typeof unknown === 'string') return `${place} has no member "${unknown}"`;
  if (first?.keyword === 'format') return `${place} is no ${String(first.params['format'])}`;
  return `${place} ${first?.message ?? 'is not valid'}`;
}
