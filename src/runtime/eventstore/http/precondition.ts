import type { IncomingHttpHeaders } from 'node:http';
import type { ExpectedRevision } from '../contract.ts';
import { Refusal } from './refusal.ts';

const STRONG_REVISION = /^"(0|[1-9]\d{0,15})"$/;

/**
 * The expected revision in HTTP's own words (RFC 9110 §13.1): none: any; `If-None-Match: *`: absent;
 * `If-Match: *`: present; `If-Match: "7"`: revision 7.
 */
export function readPrecondition(headers: IncomingHttpHeaders): ExpectedRevision {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch === undefined && ifNoneMatch === undefined) return 'any';
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw new Refusal('bad-precondition', 'Send If-Match or If-None-Match, not both.');
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch === '*') return 'none';
    throw new Refusal('bad-precondition', 'If-None-Match takes only *: the stream is absent.');
  }
  if (ifMatch === '*') return 'exists';
  const revision = Number(STRONG_REVISION.exec(ifMatch ?? '')?.[1]);
  if (Number.isSafeInteger(revision)) return revision;
  throw new Refusal(
    'bad-precondition',
    'If-Match takes * or one strong entity tag that is a revision, such as "7".',
  );
}
