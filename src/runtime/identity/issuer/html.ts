import { hash } from 'node:crypto';

/** HTML that is safe to send; only `html` makes it. */
export interface Html {
  readonly text: string;
}

/** A template whose values are escaped, unless they are `Html` themselves. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | Html | readonly Html[])[]
): Html {
  const text = parts.map((part, index) => part + textOf(values[index] ?? '')).join('');
  return { text };
}

function textOf(value: string | Html | readonly Html[]): string {
  if (typeof value === 'string') return escaped(value);
  return 'text' in value ? value.text : value.map(({ text }) => text).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff; }
fieldset { border: 1px solid #767676; border-radius: .25rem; margin: 1rem 0; padding: .5rem 1rem; }
label { display: block; padding: .25rem 0; }
small { color: #555; }
button, input[type=text] { font: inherit; padding: .5rem 1rem; border: 1px solid #767676; border-radius: .25rem; }
button { background: #0b5394; color: #fff; }
button[value=deny] { background: #fff; color: #1a1a1a; }
:focus-visible { outline: 3px solid #b45309; outline-offset: 2px; }
[role=alert] { border-left: .25rem solid #a00; padding-left: .75rem; }
@media (prefers-color-scheme: dark) {
  body { color: #eee; background: #121212; }
  small { color: #bbb; }
  button { background: #9cc9f5; color: #111; }
  button[value=deny] { background: #121212; color: #eee; }
  :focus-visible { outline-color: #fbbf24; }
}
`;

const STYLE_HASH = hash('sha256', STYLE, 'base64');

/** A whole page: no script, nothing from elsewhere. */
export function page(title: string, body: Html): string {
  const styled = { text: `<style>${STYLE}</style>` };
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${styled}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.text;
}

/**
 * The header fields of a page. A form's answer may lead on to the client, and browsers hold
 * redirects to `form-action` too. No referrer at all would make their `Origin` null.
 */
export function pageHeaders(formTarget?: string): Record<string, string> {
  const actions = formTarget === undefined ? "'self'" : `'self' ${formTarget}`;
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${actions}; frame-ancestors 'none'; base-uri 'none'`,
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
}
