import { request } from 'undici';

export interface Sent {
  method: string;
  /** With its query, as it stands in the request line. */
  target: string;
  headers: Record<string, string | string[]>;
  body?: Buffer | undefined;
}

export interface Answer {
  status: number;
  type: string;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A request that hangs longer than this has failed. A bank's own limit is half of it. */
const HUNG_MS = 20_000;

/** One request, one answer; what is no HTTP answer in time throws. */
export async function exchange(
  origin: string,
  { method, target, headers, body }: Sent,
): Promise<Answer> {
  const answer = await request(`${origin}${target}`, {
    method,
    headers,
    body: body ?? null,
    signal: AbortSignal.timeout(HUNG_MS),
  });
  return {
    status: answer.statusCode,
    type: String(answer.headers['content-type'] ?? ''),
    headers: answer.headers,
    text: await answer.body.text(),
  };
}

/** What an answer holds. @throws SyntaxError where it is no JSON */
export function bodyOf(answer: Answer): Record<string, unknown> {
  return JSON.parse(answer.text) as Record<string, unknown>;
}
