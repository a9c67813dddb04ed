/** A redirect that leads nowhere we go: to the client, or a loop. */
const MAX_STEPS = 10;
const TIMEOUT_MS = 5000;

export interface PersonaAnswer {
  /** What a browser would be sent to: an authorization request, or a device's verification page. */
  url: string;
  /** Its name on the personas page. */
  persona: string;
  /** Allow by default. */
  action?: 'allow' | 'deny';
  signal?: AbortSignal;
}

/** Where a visit ended: at a redirect away from the issuer, or a page of it. */
export interface PersonaOutcome {
  /** Of the client; undefined where the last answer was a page. */
  redirect: URL | undefined;
  /** Status of the last answer. */
  status: number;
}

/**
 * Does at our issuer what a person does in a browser: opens the address, answers as a persona on
 * every form, keeps cookies, and stops where it is sent away.
 */
export async function answerAsPersona(answer: PersonaAnswer): Promise<PersonaOutcome> {
  const visit = new Visit(answer);
  let response = await visit.get(new URL(answer.url));
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const location = response.headers.get('location');
    if (location !== null) {
      const next = new URL(location, visit.at);
      if (next.origin !== visit.at.origin) return { redirect: next, status: response.status };
      response = await visit.get(next);
      continue;
    }
    const fields = response.ok ? fieldsOf(await response.text(), visit.at, answer) : undefined;
    if (fields === undefined) return { redirect: undefined, status: response.status };
    response = await visit.post(fields);
  }
  return { redirect: undefined, status: response.status };
}

/** What a person would fill into the form of a page; undefined where it has none, or tells a fault. */
function fieldsOf(
  page: string,
  at: URL,
  { persona, action = 'allow' }: PersonaAnswer,
): Record<string, string> | undefined {
  if (!page.includes('<form') || page.includes('role="alert"')) return undefined;
  if (at.pathname.startsWith('/interaction/')) return { persona, action };
  const inputs = [...page.matchAll(/<input\s[^>]*?name="(\w+)"\s+value="([\w-]*)"/g)];
  return Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, value]));
}

/** A browser, as far as this goes: a place, and cookies by name and path. */
class Visit {
  at: URL;
  readonly #cookies = new Map<string, { path: string; pair: string }>();
  readonly #signal: AbortSignal | undefined;

  constructor({ url, signal }: PersonaAnswer) {
    this.at = new URL(url);
    this.#signal = signal;
  }

  get(url: URL): Promise<Response> {
    this.at = url;
    return this.#send({});
  }

  post(fields: Record<string, string>): Promise<Response> {
    return this.#send({ method: 'POST', body: new URLSearchParams(fields) });
  }

  async #send(init: RequestInit): Promise<Response> {
    const pairs = [...this.#cookies.values()].filter(({ path }) =>
      this.at.pathname.startsWith(path),
    );
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(this.at, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: pairs.map(({ pair }) => pair).join('; ') },
      signal: this.#signal === undefined ? timeout : AbortSignal.any([this.#signal, timeout]),
    });
    for (const field of response.headers.getSetCookie()) this.#keep(field);
    return response;
  }

  #keep(field: string): void {
    const [pair = ''] = field.split(';', 1);
    const path = /; ?path=([^;]*)/i.exec(field)?.[1] ?? '/';
    this.#cookies.set(`${pair.split('=', 1)[0]} ${path}`, { path, pair });
  }
}
