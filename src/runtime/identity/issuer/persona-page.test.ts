import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { html } from './html.ts';
import { type IssuerBench, issuerBench, REDIRECT_URI } from './issuer.fixture.ts';
import { personaPage } from './persona-page.ts';
import { CHALLENGE } from './refusals.fixture.ts';

let bench: IssuerBench;
beforeAll(async () => {
  bench = await issuerBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

/** An authorization request up to its page: the page's address, and the cookies that open it. */
async function begin(changes: Record<string, string> = {}) {
  const query = new URLSearchParams({
    client_id: 'web',
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    scope: 'accounts:read',
    ...changes,
  });
  const response = await fetch(`${bench.issuer}/auth?${query.toString()}`, { redirect: 'manual' });
  const cookie = response.headers
    .getSetCookie()
    .map((field) => field.split(';', 1)[0])
    .join('; ');
  return { url: new URL(response.headers.get('location') ?? '', bench.issuer), cookie, response };
}

const answer = (url: URL, headers: Record<string, string>, form: Record<string, string>) =>
  fetch(url, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
    redirect: 'manual',
  });

describe('the personas page', () => {
  it('has a language, one heading, a group of labelled choices, and loads nothing', async () => {
    const { url, cookie } = await begin();
    const response = await fetch(url, { headers: { cookie } });
    const text = await response.text();
    expect(text).toContain('<html lang="en">');
    expect(text.match(/<h1>/g)).toHaveLength(1);
    expect(text).toContain('<legend>');
    expect(text.match(/<input/g)).toHaveLength(2);
    expect(text.match(/<label/g)).toHaveLength(2);
    expect(text).not.toMatch(/<script|https?:|src=|href=/);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("form-action 'self' http://127.0.0.1:4999;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it('is open to the browser alone that was sent to it', async () => {
    const { url, cookie } = await begin();
    const other = await begin();
    expect((await fetch(url)).status).toBe(400);
    expect((await fetch(url, { headers: { cookie: other.cookie } })).status).toBe(400);
    const form = { persona: 'customer', action: 'allow' };
    expect((await answer(url, {}, form)).status).toBe(400);
    expect((await answer(url, { cookie: other.cookie }, form)).status).toBe(400);
    expect((await answer(url, { cookie: cookie.replace(/=\w/, '=x') }, form)).status).toBe(400);
    expect((await answer(url, { cookie }, form)).status).toBe(303);
  });

  it('takes no answer from a page of another site', async () => {
    const { url, cookie } = await begin();
    const form = { persona: 'customer', action: 'allow' };
    const foreign = { cookie, origin: 'http://evil.example' };
    expect((await answer(url, foreign, form)).status).toBe(403);
  });

  it('keeps its cookies from script and from other sites', async () => {
    const { response } = await begin();
    for (const field of response.headers.getSetCookie()) {
      expect(field).toMatch(/; httponly/i);
      expect(field).toMatch(/; samesite=lax/i);
    }
  });

  it.each<[string, Record<string, string>]>([
    ['a persona nobody knows', { persona: 'nobody', action: 'allow' }],
    ['no persona', { action: 'allow' }],
    ['no action', { persona: 'customer' }],
    ['a form past 4 KiB', { persona: 'customer', action: 'allow', x: 'x'.repeat(5000) }],
  ])('takes no answer with %s', async (_name, form) => {
    const { url, cookie } = await begin();
    expect((await answer(url, { cookie }, form)).status).toBe(400);
  });

  it('escapes what the file and the request say', () => {
    const evil = '<script>alert(1)</script>"\'&';
    const text = personaPage([{ name: evil, subject: evil, scopes: [], claims: {} }], {
      clientId: evil,
      ofProtocol: [],
      resource: evil,
      ofResource: [evil],
      details: [{ type: evil }],
      hint: undefined,
    });
    expect(text).not.toContain('<script');
    expect(text).toContain('&lt;script&gt;');
    expect(html`<p title="${evil}">${[html`<b>${evil}</b>`]}</p>`.text).toBe(
      '<p title="&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"><b>&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;</b></p>',
    );
  });

  it('proposes the persona of login_hint', async () => {
    const { url, cookie } = await begin({ login_hint: 'usr_auditor' });
    const text = await (await fetch(url, { headers: { cookie } })).text();
    expect(/value="(\w+)" required checked/.exec(text)?.[1]).toBe('auditor');
  });

  it('shows an error where there is no client to send it to', async () => {
    const query = new URLSearchParams({ client_id: '<b>nobody', response_type: 'code' });
    const response = await fetch(`${bench.issuer}/auth?${query.toString()}`, {
      headers: { accept: 'text/html' },
    });
    const text = await response.text();
    expect([response.status, text.includes('invalid_client')]).toEqual([400, true]);
    expect(text).not.toContain('<b>');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

it('a session without a question is for prompt=none alone', async () => {
  const { response } = await begin({ prompt: 'none' });
  const location = new URL(response.headers.get('location') ?? '');
  expect(location.searchParams.get('error')).toBe('login_required');
});
