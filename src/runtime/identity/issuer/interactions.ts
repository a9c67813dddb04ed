import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type Provider } from 'oidc-provider';
import { resourceOf } from '../../../model/names.ts';
import type { IssuerPersona } from './clients.ts';
import { readForm } from './form.ts';
import { html, page, pageHeaders } from './html.ts';
import { scopeNames, textOf } from './parameters.ts';
import { type ConsentRequest, holds, personaPage } from './persona-page.ts';
import { PROTOCOL_SCOPES } from './resources.ts';

export const INTERACTION_PATH = '/interaction';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

interface Exchange {
  provider: Provider;
  personas: readonly IssuerPersona[];
  request: IncomingMessage;
  response: ServerResponse;
}

/** Shows the personas page. Only the browser that was sent here has the cookie for it. */
export async function showPersonas(exchange: Exchange): Promise<void> {
  const interaction = await find(exchange);
  if (interaction === undefined) return;
  const request = consentRequest(interaction);
  const target = formTarget(interaction.params['redirect_uri']);
  send(exchange.response, 200, { body: personaPage(exchange.personas, request), target });
}

/** Takes the page's answer, and sends the browser on. */
export async function answerPersonas(exchange: Exchange): Promise<void> {
  const { provider, personas, request, response } = exchange;
  const interaction = await find(exchange);
  if (interaction === undefined) return;
  const form = await readForm(request);
  if (form?.get('action') === 'deny') {
    const denied = { error: 'access_denied', error_description: 'the persona denied it' };
    return provider.interactionFinished(request, response, denied);
  }
  const persona = personas.find(({ name }) => name === form?.get('persona'));
  if (form?.get('action') !== 'allow' || persona === undefined) {
    return sendFault(response, 400, 'The form names no persona, or neither allows nor denies.');
  }
  await forgetOther(provider, interaction, persona);
  const grantId = await grant(provider, interaction, persona);
  const result = {
    login: { accountId: persona.subject, remember: false },
    consent: { grantId },
  };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function find({ provider, request, response }: Exchange): Promise<Interaction | undefined> {
  try {
    const interaction = await provider.interactionDetails(request, response);
    // The cookie names the interaction, and browsers send it to no other page.
    if (request.url === `${INTERACTION_PATH}/${interaction.uid}`) return interaction;
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error;
  }
  sendFault(response, 400, 'This page is no longer open, or was opened in another browser.');
  return undefined;
}

function consentRequest({ params }: Interaction): ConsentRequest {
  const scopes = scopeNames(params['scope']);
  const ofProtocol: readonly string[] = PROTOCOL_SCOPES;
  const details = params['authorization_details'];
  return {
    clientId: textOf(params['client_id']) ?? '',
    resource: textOf(params['resource']) ?? resourceOf('api'),
    ofProtocol: scopes.filter((scope) => ofProtocol.includes(scope)),
    ofResource: scopes.filter((scope) => !ofProtocol.includes(scope)),
    details: typeof details === 'string' ? (JSON.parse(details) as { type: string }[]) : [],
    hint: textOf(params['login_hint']),
  };
}

/** What was asked for and the persona holds; the rest counts as answered too. */
async function grant(
  provider: Provider,
  interaction: Interaction,
  persona: IssuerPersona,
): Promise<string> {
  const { clientId, resource, ofProtocol, ofResource, details } = consentRequest(interaction);
  const made = new provider.Grant({ accountId: persona.subject, clientId });
  if (ofProtocol.length > 0) made.addOIDCScope(ofProtocol.join(' '));
  const held = ofResource.filter((scope) => holds(persona, scope));
  const lacking = ofResource.filter((scope) => !holds(persona, scope));
  if (held.length > 0) made.addResourceScope(resource, held.join(' '));
  if (lacking.length > 0) made.rejectResourceScope(resource, lacking.join(' '));
  for (const detail of details) made.addRar(detail);
  return made.save();
}

/** The browser may have been someone else before; then that session ends without a question. */
async function forgetOther(
  provider: Provider,
  { session }: Interaction,
  persona: IssuerPersona,
): Promise<void> {
  if (session === undefined || session.accountId === persona.subject) return;
  const before = await provider.Session.findByUid(session.uid);
  if (before === undefined) return;
  delete before.accountId;
  delete before.authorizations;
  await before.persist();
}

/** Where a Content Security Policy lets the form lead: an origin, or a scheme of an app's own. */
function formTarget(redirectUri: unknown): string | undefined {
  if (typeof redirectUri !== 'string' || !URL.canParse(redirectUri)) return undefined;
  const { protocol, hostname, origin } = new URL(redirectUri);
  const isNamed = (protocol === 'https:' || protocol === 'http:') && !hostname.startsWith('[');
  return isNamed ? origin : protocol;
}

function sendFault(response: ServerResponse, status: number, sentence: string): void {
  const body = page(
    'This cannot go on',
    html`<p role="alert">${sentence}</p>
      <p>Start again at the client.</p>`,
  );
  send(response, status, { body, target: undefined });
}

function send(
  response: ServerResponse,
  status: number,
  { body, target }: { body: string; target: string | undefined },
): void {
  response.writeHead(status, {
    ...pageHeaders(target),
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
