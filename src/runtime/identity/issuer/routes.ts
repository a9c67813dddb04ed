import type { Provider } from 'oidc-provider';
import type { Clock } from '../../../kernel/time.ts';
import type { KeyStore } from '../keys.ts';
import type { Answers } from './answers.ts';
import type { IssuerPersona } from './clients.ts';
import { ROUTES } from './configuration.ts';
import { type Handler, type Routes, send, sendJson } from './door.ts';
import { answerPersonas, INTERACTION_PATH, showPersonas } from './interactions.ts';
import { DISCOVERY_PATHS } from './metadata.ts';
import type { IssuerMetrics } from './metrics.ts';
import { sendSpoilt } from './spoil.ts';
import type { IssuerStore } from './sqlite-adapter.ts';
import { testOf } from './spoilt-answers.ts';

const JWKS_TYPE = 'application/jwk-set+json; charset=utf-8';

export interface RouteParts {
  keys: KeyStore;
  store: IssuerStore;
  metrics: IssuerMetrics;
  personas: readonly IssuerPersona[];
  clock: Clock;
  answers: Answers;
  /** The one that signs with the key of now. */
  current: () => { provider: Provider; handle: Handler };
}

/** Every path the issuer answers at. */
export function routesOf(parts: RouteParts): Routes {
  const { store, metrics, personas, current } = parts;
  const oidc: Handler = (request, response) => current().handle(request, response);
  const read = (handler: Handler) => ({ GET: handler, HEAD: handler });
  const interaction =
    (act: typeof showPersonas): Handler =>
    (request, response) =>
      act({ provider: current().provider, personas, request, response });
  return new Map<string, Readonly<Record<string, Handler>>>([
    [ROUTES.token, { POST: oidc }],
    [ROUTES.pushed_authorization_request, { POST: oidc }],
    [ROUTES.device_authorization, { POST: oidc }],
    [ROUTES.introspection, { POST: oidc }],
    [ROUTES.revocation, { POST: oidc }],
    [ROUTES.authorization, { GET: oidc }],
    [`${ROUTES.authorization}/:id`, { GET: oidc }],
    [ROUTES.code_verification, { GET: oidc, POST: oidc }],
    [`${ROUTES.code_verification}/:id`, { GET: oidc }],
    [
      `${INTERACTION_PATH}/:id`,
      { GET: interaction(showPersonas), POST: interaction(answerPersonas) },
    ],
    [ROUTES.jwks, read(publishKeys(parts))],
    ...DISCOVERY_PATHS.map((path) => [path, read(oidc)] as const),
    ['/health/live', read((_request, response) => sendJson(response, { status: 'live' }))],
    [
      '/health/ready',
      read((_request, response) => {
        store.probe();
        sendJson(response, { status: 'ready' });
      }),
    ],
    [
      '/metrics',
      read(async (_request, response) => {
        send(response, { type: metrics.contentType, body: await metrics.render() });
      }),
    ],
  ]);
}

/** From the folder, so that a key another command made is published without a restart. */
function publishKeys({ keys, answers, clock }: RouteParts): Handler {
  return (request, response) => {
    const answer = answers.take({ at: 'jwks', client: undefined, test: testOf(request) });
    if (answer === undefined) return sendJson(response, keys.jwks(), JWKS_TYPE);
    const whole = { status: 200, type: JWKS_TYPE, body: JSON.stringify(keys.jwks()) };
    return sendSpoilt(response, whole, { answer, clock });
  };
}
