import type { Answer } from '../exchange.ts';
import { type Operation, responseFor } from './openapi.ts';
import { mismatch } from './schema.ts';

/** What every problem of the bank looks like (RFC 9457). One of the gateway may add a reason. */
const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'traceId'],
  additionalProperties: false,
  properties: {
    type: { type: 'string', pattern: '^urn:[a-z0-9-]+:problem:[a-z0-9-]+$' },
    title: { type: 'string', minLength: 3, maxLength: 100 },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', minLength: 3, maxLength: 1000 },
    reason: { type: 'string', maxLength: 100 },
    instance: { type: 'string', maxLength: 10_000 },
    traceId: { type: 'string', pattern: '^[0-9a-f]{32}$' },
  },
};

/** What no client may be shown. */
const INSIDE = /node_modules|\.ts:\d|\bat \w+ \(|SQLITE|ECONN|undici/;

/** What is wrong with how a bad request was answered; nothing where it was refused as it ought to be. */
export function faultOfRefusal(answer: Answer): string | undefined {
  if (answer.status < 400) return `was taken with ${answer.status}`;
  return faultOfAnswer(answer);
}

/** What is wrong with an answer to whatever was asked. */
export function faultOfAnswer(answer: Answer): string | undefined {
  const { status, text, type } = answer;
  if (status >= 500) return `was answered with ${status}: ${text.slice(0, 200)}`;
  if (INSIDE.test(text)) return `was told of our inside: ${text.slice(0, 300)}`;
  if (status < 400) return undefined;
  if (!type.startsWith('application/problem+json')) return `was answered by ${type || 'no type'}`;
  return faultOfProblem(answer);
}

function faultOfProblem({ text, status }: Answer): string | undefined {
  let problem: unknown;
  try {
    problem = JSON.parse(text);
  } catch {
    return `was answered by no JSON: ${text.slice(0, 100)}`;
  }
  const fault = mismatch(PROBLEM, problem);
  if (fault !== undefined) return `got a problem of another shape: ${fault}`;
  const said = (problem as { status: number }).status;
  return said === status ? undefined : `was told ${said} with status ${status}`;
}

/** Where an answer is another than the document says. Routes that do not exist are not in it. */
export function undocumented(operation: Operation, answer: Answer): string | undefined {
  const { status, type, text } = answer;
  if (status === 431 || (status === 404 && text.includes(':route-unknown'))) return undefined;
  const response = responseFor(operation, status);
  if (response === undefined) return `${status} is not documented`;
  const [mediaType = ''] = type.split(';');
  const media = response.content?.[mediaType];
  if (media === undefined)
    return text === '' ? undefined : `${status} ${mediaType} is not documented`;
  if (!/[/+]json$/.test(mediaType)) return undefined;
  const fault = mismatch(media.schema, JSON.parse(text));
  return fault === undefined ? undefined : `${status} is not as documented: ${fault}`;
}
