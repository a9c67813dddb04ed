/** RFC 9457 problem details, as every server of ours answers an error. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  [extension: string]: unknown;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** A problem of ours: `type` is `urn:fintech:problem:<code>`. */
export function problem(
  status: number,
  code: string,
  rest: { title: string; detail?: string; [extension: string]: unknown },
): Problem {
  return { type: `urn:fintech:problem:${code}`, status, ...rest };
}
