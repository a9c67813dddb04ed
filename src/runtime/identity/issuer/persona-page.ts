import type { IssuerPersona } from './clients.ts';
import { html, page } from './html.ts';

/** What a client asks of a person. */
export interface ConsentRequest {
  clientId: string;
  /** Scopes of the protocol, and of one resource. */
  ofProtocol: readonly string[];
  resource: string;
  ofResource: readonly string[];
  /** RFC 9396. */
  details: readonly { type: string }[];
  /** A persona's name or subject. */
  hint: string | undefined;
}

/** The page that stands for login and consent: who are you, and may this client have that? */
export function personaPage(personas: readonly IssuerPersona[], request: ConsentRequest): string {
  const { clientId, ofProtocol, ofResource, resource, details } = request;
  const chosen = proposed(personas, request);
  const items = [...ofProtocol, ...ofResource].map((scope) => html`<li><code>${scope}</code></li>`);
  const payments = details.map(
    (detail) => html`<pre tabindex="0">${JSON.stringify(detail, undefined, 2)}</pre>`,
  );
  return page(
    `Let ${clientId} in?`,
    html`<p>The client <strong>${clientId}</strong> asks for this at <code>${resource}</code>:</p>
      <ul>
        ${items}
      </ul>
      ${payments}
      <form method="post">
        <fieldset>
          <legend>Answer as</legend>
          ${personas.map((persona) => choice(persona, request, persona === chosen))}
        </fieldset>
        <p>
          <button type="submit" name="action" value="allow">Allow</button>
          <button type="submit" name="action" value="deny" formnovalidate>Deny</button>
        </p>
      </form>
      <p><small>This is a sandbox: nobody is asked for a password.</small></p>`,
  );
}

/** The one that was hinted at (OpenID Connect Core §3.1.2.1), or the first that may allow it all. */
function proposed(
  personas: readonly IssuerPersona[],
  { ofResource, hint }: ConsentRequest,
): IssuerPersona | undefined {
  if (hint !== undefined)
    return personas.find(({ name, subject }) => [name, subject].includes(hint));
  const able = personas.find((persona) => ofResource.every((scope) => holds(persona, scope)));
  return able ?? personas[0];
}

function choice(persona: IssuerPersona, { ofResource }: ConsentRequest, isChosen: boolean) {
  const lacking = ofResource.filter((scope) => !holds(persona, scope));
  const note =
    lacking.length === 0 ? html`` : html`<br /><small>does not hold ${lacking.join(', ')}</small>`;
  const checked = isChosen ? html` checked` : html``;
  return html`<label
    ><input type="radio" name="persona" value="${persona.name}" required${checked} />
    ${persona.name} <small>${persona.subject}</small>${note}</label
  > `;
}

/** A persona that holds `AIS:` holds it with every parameter. */
export function holds({ scopes }: IssuerPersona, scope: string): boolean {
  return scopes.some((held) => held === scope || (held.endsWith(':') && scope.startsWith(held)));
}
