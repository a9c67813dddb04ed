import { FintechError } from '../../../../kernel/errors.ts';
import { printable } from '../../../../kernel/printable.ts';

/** Where an image is: `registry.bank.example:5000/mirror/node:24-slim`. */
export interface ImageReference {
  /** Host of the registry, with its port if named; Docker Hub is `docker.io`. */
  registry: string;
  /** The reference with a tag, `latest` where none was given: without one the engine pulls all. */
  full: string;
}

const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const HOST = '(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:]+\\])(?::\\d+)?';
/** The grammar of the distribution project's `reference` package, in short. */
const REFERENCE = new RegExp(
  `^(?:${HOST}/)?${PART}(?:/${PART})*(:[\\w][\\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$`,
);
const MAX_LENGTH = 512;

/** @throws FintechError CONFIG_INVALID when the text is no image's name */
export function parseImageReference(text: string): ImageReference {
  const match = text.length > MAX_LENGTH ? null : REFERENCE.exec(text);
  if (match === null) {
    const shown = printable(text.slice(0, MAX_LENGTH));
    throw new FintechError('CONFIG_INVALID', `sandbox.images.node: ${shown} is no image's name`, {
      hint: 'Write it as Docker does: node:24-slim, or registry.example/mirror/node:24-slim.',
    });
  }
  const [, tag, digest] = match;
  const [first = ''] = text.split('/');
  // Docker's rule: only what looks like a host is one; the rest is a path on Docker Hub.
  const isHost = text.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return {
    registry: isHost && first !== 'index.docker.io' ? first : 'docker.io',
    full: tag === undefined && digest === undefined ? `${text}:latest` : text,
  };
}
