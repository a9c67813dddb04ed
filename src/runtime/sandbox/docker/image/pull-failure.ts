import { FintechError, messageOf } from '../../../../kernel/errors.ts';
import { printable } from '../../../../kernel/printable.ts';
import { engineFailure } from '../engine/engine-failure.ts';
import { EngineGaveUpError } from './engine-progress.ts';
import type { ImageReference } from './image-reference.ts';

interface Kind {
  when: RegExp;
  why: string;
  fix: (registry: string) => string;
}

const logIn = (registry: string) =>
  `Log in by \`docker login${registry === 'docker.io' ? '' : ` ${registry}`}\`.`;
const reach = (registry: string) =>
  `See from the engine's machine whether ${registry} can be reached, and its proxy.`;

/** What engines say of a registry, the most telling first. Docker 20.10 to 28, Podman. */
const KINDS: readonly Kind[] = [
  { when: /no space left on device/i, why: "the engine's disk is full", fix: () => 'Make room.' },
  {
    when: /toomanyrequests|rate limit/i,
    why: 'the registry allows no more pulls for now',
    fix: (registry) => `${logIn(registry)} A mirror has no such limit.`,
  },
  {
    when: /unauthorized|authentication required|no basic auth credentials|incorrect username or password/i,
    why: 'the registry does not accept the credentials, or wants some',
    fix: logIn,
  },
  {
    when: /pull access denied|insufficient_scope|requested access|denied/i,
    why: 'there is no such image, or it needs a login',
    fix: logIn,
  },
  {
    when: /no matching manifest/i,
    why: "the registry has it for other processors than the engine's",
    fix: () => 'Name one for this processor.',
  },
  {
    when: /manifest unknown|not found|name unknown/i,
    why: 'the registry has no such image',
    fix: () => 'Correct its name or tag.',
  },
  {
    when: /HTTP response to HTTPS client/i,
    why: 'the registry speaks no TLS',
    fix: (registry) =>
      `List ${registry} under "insecure-registries" of the engine if you trust it.`,
  },
  {
    when: /x509|certificate/i,
    why: "the engine does not trust the registry's certificate",
    fix: (registry) => `Put its authority into /etc/docker/certs.d/${registry}/ca.crt.`,
  },
  {
    when: /no such host|server misbehaving|name resolution/i,
    why: "the registry's name cannot be looked up",
    fix: reach,
  },
  { when: /connection refused/i, why: 'nothing listens at the registry', fix: reach },
  {
    when: /timeout|deadline exceeded|unreachable|no route to host|EOF/i,
    why: 'the registry is out of reach',
    fix: reach,
  },
];

/**
 * Says which image could not be pulled, why, and how to go on without it.
 * @param withoutPull whether this machine's own Node would do
 */
export function pullFailure(
  error: unknown,
  { reference, withoutPull }: { reference: ImageReference; withoutPull: boolean },
): FintechError {
  if (error instanceof FintechError || !saidByEngine(error)) {
    return engineFailure(error, `pull ${reference.full}`);
  }
  const words = wordsOf(error);
  const kind = KINDS.find(({ when }) => when.test(words));
  const why = kind === undefined ? words : `${kind.why} (${words})`;
  const fix = kind === undefined ? '' : `${kind.fix(reference.registry)} `;
  return new FintechError(
    'SANDBOX_IMAGE_UNAVAILABLE',
    `${reference.full} cannot be pulled: ${why}`,
    {
      hint: `${fix}${withoutPull ? OWN_NODE : ELSEWHERE}`,
      details: { image: reference.full, registry: reference.registry, engine: words },
      cause: error,
    },
  );
}

const OWN_NODE =
  "Without it: take sandbox.images.node out of fintech.yaml, then this machine's own Node is used and nothing is pulled.";
const ELSEWHERE =
  "Without it: `docker load` it from a file, name a mirror's by sandbox.images.node in fintech.yaml, or run --driver embedded.";

/** Else the connection to the engine itself failed. */
function saidByEngine(error: unknown): boolean {
  return error instanceof EngineGaveUpError || statusOf(error) !== undefined;
}

function statusOf(error: unknown): unknown {
  return (error as { statusCode?: unknown } | undefined)?.statusCode;
}

/** Docker's client wraps the engine's words as `(HTTP code 404) unexpected - <words> `. */
function wordsOf(error: unknown): string {
  return printable(
    messageOf(error)
      .replace(/^\(HTTP code \d+\) [\w ]+ - /, '')
      .trim(),
  );
}
