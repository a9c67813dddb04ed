import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../../kernel/time.ts';
import { problem } from '../../../kernel/problem.ts';
import { authorizeBearer } from '../../access/bearer.ts';
import type { TokenVerifier } from '../../access/contract.ts';
import type { JwksSource } from '../../access/jwks-source.ts';
import { type KeySet, readKeySet } from '../../access/key-set.ts';
import { createTokenVerifier } from '../../access/verifier.ts';
import type { KeyStore } from '../keys.ts';
import { type Answers, fits, MAX_ANSWERS, type ScriptedAnswer } from './answers.ts';
import { type Handler, type Routes, sendJson, sendProblem } from './door.ts';
import { readText } from './form.ts';

export const ADMIN_KEYS_PATH = '/admin/keys';
export const ADMIN_ANSWERS_PATH = '/admin/answers';

const SCOPE = 'sandbox:admin';
const MAX_BODY_BYTES = 4096;

export interface AdminParts {
  issuer: string;
  keys: KeyStore;
  clock: Clock;
  answers: Answers;
  /** Signs with the key of the folder from now on. */
  renew: () => void;
}

/** Control of a running issuer, with a token of audience `admin` and scope `sandbox:admin`. */
export function adminRoutes({ issuer, keys, clock, answers, renew }: AdminParts): Routes {
  const verifier = createTokenVerifier({
    issuer,
    audience: 'admin',
    keys: jwksOf(keys),
    clock,
  });
  const guarded = (act: Handler): Handler => guard(verifier, act);
  return new Map([
    [
      ADMIN_KEYS_PATH,
      {
        POST: guarded((_request, response) => {
          renew();
          sendJson(response, { kid: keys.signingKey('ES256').kid });
        }),
      },
    ],
    [
      ADMIN_ANSWERS_PATH,
      {
        GET: guarded((_request, response) => sendJson(response, { answers: answers.list() })),
        POST: guarded((request, response) => script(answers, request, response)),
        DELETE: guarded((_request, response) => {
          answers.clear();
          response.writeHead(204).end();
        }),
      },
    ],
  ]);
}

function guard(verifier: TokenVerifier, act: Handler): Handler {
  return async (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const { method = '', headersDistinct } = request;
    const { authorization = [], dpop: proofs = [] } = headersDistinct;
    const credentials = { authorization, query, method, path, proofs };
    const entry = await authorizeBearer(credentials, verifier, { all: [SCOPE] });
    if (entry.ok) return act(request, response);
    for (const [name, value] of Object.entries(entry.answer.headers)) {
      response.setHeader(name, value);
    }
    sendProblem(response, entry.answer.problem);
  };
}

async function script(
  answers: Answers,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const read = await readAnswer(request);
  if (typeof read === 'string') {
    return sendProblem(response, problem(400, 'answer', { title: 'No such answer', detail: read }));
  }
  const added = answers.add(read);
  if (added === undefined) {
    const detail = `There are ${MAX_ANSWERS} already; DELETE them, or wait.`;
    return sendProblem(response, problem(409, 'answers', { title: 'Too many answers', detail }));
  }
  response.statusCode = 201;
  sendJson(response, added);
}

/** A script, or what is wrong with it. */
async function readAnswer(request: IncomingMessage): Promise<ScriptedAnswer | string> {
  // The validator is loaded by who uses it: most issuers never do.
  const { validatorOf } = await import('../../../kernel/schema.ts');
  const { answerSchema } = await import('./answer-schema.ts');
  const validate = validatorOf<Pick<ScriptedAnswer, 'at' | 'fault'> & Partial<ScriptedAnswer>>(
    answerSchema,
  );
  const text = await readText(request, MAX_BODY_BYTES);
  const validation = validate(text === undefined ? undefined : parsed(text));
  if (!validation.ok) {
    return validation.violations.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
  }
  const answer = { times: 1, forS: 60, delayMs: 3000, ...validation.value };
  if (!fits(answer.at, answer.fault)) return `${answer.fault} cannot be at ${answer.at}`;
  if (answer.client !== undefined && (answer.at === 'jwks' || answer.at === 'metadata')) {
    return `of ${answer.at} nobody knows which client asks; use test`;
  }
  return answer;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The keys of the folder, as they are now. */
function jwksOf(keys: KeyStore): JwksSource {
  let known: { text: string; keySet: KeySet | undefined } | undefined;
  const current = async () => {
    const text = JSON.stringify(keys.jwks());
    if (known?.text !== text) known = { text, keySet: readKeySet(JSON.parse(text)) };
    return known.keySet;
  };
  return { current, renewed: current };
}
