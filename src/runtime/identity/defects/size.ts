import type { ExpectedAnswer } from '../../../model/token-defect.ts';
import { type Defect, INVALID_TOKEN } from './contract.ts';
import { signed } from './entries.ts';
import { sealBytes, withClaims, withHeader } from './token-parts.ts';

const SOURCES = ['RFC 6585 §5', 'RFC 7519 §7.2'];
const TOO_LARGE: ExpectedAnswer = { ...INVALID_TOKEN, or: [431, 400, 413] };
const LARGE = 9 * 1024;
/** More levels than a recursive parser should follow, in a token that fits into a header field. */
const LEVELS = 2000;

/** Truly signed tokens that cost more to read than they are worth. */
export const SIZE_DEFECTS: readonly Defect[] = [
  signed(
    {
      id: 'size/claim',
      class: 'S28',
      title: 'A claim of 9 KiB',
      sources: SOURCES,
      expect: TOO_LARGE,
    },
    { edit: (draft) => withClaims(draft, { note: 'x'.repeat(LARGE) }) },
  ),
  signed(
    {
      id: 'size/header',
      class: 'S28',
      title: 'A header member of 9 KiB',
      sources: SOURCES,
      expect: TOO_LARGE,
    },
    { edit: (draft) => withHeader(draft, { note: 'x'.repeat(LARGE) }) },
  ),
  signed(
    { id: 'size/nested-claims', class: 'S28', title: 'Claims of 2,000 levels', sources: SOURCES },
    {
      seal: ({ header, claims }, key) =>
        sealBytes(JSON.stringify(header), withNested(JSON.stringify(claims)), key),
    },
  ),
  signed(
    { id: 'size/nested-header', class: 'S28', title: 'A header of 2,000 levels', sources: SOURCES },
    {
      seal: ({ header, claims }, key) =>
        sealBytes(withNested(JSON.stringify(header)), JSON.stringify(claims), key),
    },
  ),
];

function withNested(text: string): string {
  return text.replace(/\}$/, `,"note":${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}}`);
}
