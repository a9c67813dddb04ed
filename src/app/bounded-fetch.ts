const MAX_ANSWER_BYTES = 64 * 1024;
const TIMEOUT_MS = 5000;

/** `fetch` for answers of a token endpoint: small ones, soon. @throws Error for larger or later ones */
export function boundedFetch(
  signal: AbortSignal,
): (url: string, init: object) => Promise<Response> {
  return async (url, init) => {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(url, { ...init, signal: deadline });
    const { status, headers } = response;
    const text = await textOf(response);
    const isEmpty = status === 204 || status === 304;
    return new Response(isEmpty ? null : text, { status, headers });
  };
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`it has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
