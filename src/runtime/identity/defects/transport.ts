import type { ExpectedAnswer } from '../../../model/token-defect.ts';
import type { Carriage, MintedToken } from '../../../model/token-request.ts';
import type { Defect } from './contract.ts';

/** RFC 6750 §3.1: a request without any credentials is told no error code. */
const NO_CREDENTIALS: ExpectedAnswer = { status: 401, scheme: 'Bearer', error: null };
/** RFC 6750 §3.1. A server that reads no token out of it may as well say that there is none. */
const INVALID_REQUEST: ExpectedAnswer = {
  status: 400,
  scheme: 'Bearer',
  error: 'invalid_request',
  or: [401],
};
/** What the parser of HTTP refuses itself, before anybody thinks of tokens. */
const BROKEN_FIELD: ExpectedAnswer = { status: 400, scheme: null, error: null, or: [401] };
const ACCEPTED: ExpectedAnswer = { status: 200, scheme: null, error: null };

/** A good token, sent in ways that must not pass, and in one that must. */
export const TRANSPORT_DEFECTS: readonly Defect[] = [
  {
    ...sent('transport/missing', 'T1', 'No token at all'),
    sources: ['RFC 6750 §3', 'RFC 6750 §3.1'],
    expect: NO_CREDENTIALS,
    carry: () => ({ headers: [] }),
  },
  {
    ...sent('transport/scheme-missing', 'T2', 'The token alone, without a scheme'),
    sources: ['RFC 6750 §2.1', 'RFC 9110 §11.4'],
    expect: { ...NO_CREDENTIALS, or: [400] },
    carry: ({ token }) => authorization(token),
  },
  {
    ...sent('transport/scheme-basic', 'T2', 'The token as the user name of Basic'),
    sources: ['RFC 6750 §2.1', 'RFC 7617 §2'],
    expect: { ...NO_CREDENTIALS, or: [400] },
    carry: ({ token }) => authorization(`Basic ${Buffer.from(`${token}:`).toString('base64')}`),
  },
  {
    ...sent('transport/scheme-lower-case', 'T2', 'The scheme in lower case, which must work'),
    sources: ['RFC 9110 §11.1'],
    expect: ACCEPTED,
    carry: ({ token }) => authorization(`bearer ${token}`),
  },
  {
    ...sent('transport/token-empty', 'T3', 'The scheme without a token'),
    sources: ['RFC 6750 §2.1'],
    carry: () => authorization('Bearer'),
  },
  {
    ...sent('transport/two-fields', 'T4', 'Two Authorization fields'),
    sources: ['RFC 6750 §2', 'RFC 9110 §11.6.2'],
    carry: ({ token }) => twice(`Bearer ${token}`, `Bearer ${token}`),
  },
  {
    ...sent('transport/two-schemes', 'T4', 'An Authorization field of another scheme before it'),
    sources: ['RFC 6750 §2', 'RFC 9110 §11.6.2'],
    carry: ({ token }) => twice('Basic Og==', `Bearer ${token}`),
  },
  {
    ...sent('transport/field-and-form', 'T4', 'In the Authorization field and in a form'),
    sources: ['RFC 6750 §2', 'RFC 6750 §2.2'],
    needs: ['form-body'],
    carry: ({ token }) => ({ ...authorization(`Bearer ${token}`), form: parameter(token) }),
  },
  {
    ...sent('transport/query', 'T5', 'In the query of the address'),
    sources: ['RFC 6750 §2.3', 'RFC 9700 §4.3.2', 'FAPI 2.0 SP §5.3.4'],
    carry: ({ token }) => ({ headers: [], query: parameter(token) }),
  },
  {
    ...sent('transport/spaces', 'T6', 'Two spaces after the scheme: refused or not, no fault'),
    sources: ['RFC 6750 §2.1', 'RFC 9110 §11.4'],
    expect: { ...INVALID_REQUEST, or: [401, 200] },
    carry: ({ token }) => authorization(`Bearer  ${token}`),
  },
  {
    ...sent('transport/tab', 'T6', 'A tab in place of the space'),
    sources: ['RFC 6750 §2.1', 'RFC 9110 §11.4'],
    carry: ({ token }) => authorization(`Bearer\t${token}`),
  },
  {
    ...sent('transport/space-inside', 'T6', 'A space in the midst of the token'),
    sources: ['RFC 6750 §2.1'],
    carry: ({ token }) => authorization(`Bearer ${token.replace('.', '. ')}`),
  },
  {
    ...sent('transport/quoted', 'T6', 'The token in quotes'),
    sources: ['RFC 6750 §2.1'],
    carry: ({ token }) => authorization(`Bearer "${token}"`),
  },
  {
    ...sent('transport/list', 'T6', 'Twice in one field, parted by a comma'),
    sources: ['RFC 6750 §2.1', 'RFC 9110 §11.6.2'],
    carry: ({ token }) => authorization(`Bearer ${token}, Bearer ${token}`),
  },
  {
    ...sent('transport/nul', 'T7', 'A NUL after the token'),
    sources: ['RFC 9110 §5.5'],
    expect: BROKEN_FIELD,
    carry: ({ token }) => authorization(`Bearer ${token}\0`),
  },
  {
    ...sent('transport/control-character', 'T7', 'A control character after the token'),
    sources: ['RFC 9110 §5.5', 'RFC 6750 §2.1'],
    expect: BROKEN_FIELD,
    carry: ({ token }) => authorization(`Bearer ${token}\u0001`),
  },
  {
    ...sent('transport/fold', 'T7', 'Folded over two lines: refused or unfolded, no fault'),
    sources: ['RFC 9112 §5.2'],
    expect: { ...BROKEN_FIELD, or: [401, 200] },
    carry: ({ token }) => authorization(`Bearer\r\n ${token}`),
  },
  {
    ...sent('transport/non-ascii', 'T7', 'A character beyond ASCII after the token'),
    sources: ['RFC 6750 §2.1', 'RFC 9110 §5.5'],
    expect: BROKEN_FIELD,
    carry: ({ token }) => authorization(`Bearer ${token}\u00e9`),
  },
];

function sent(id: string, row: string, title: string) {
  return {
    id,
    class: row,
    title,
    from: 'any-token',
    needs: [],
    expect: INVALID_REQUEST,
  } as const;
}

function authorization(value: string): Carriage {
  return { headers: [['Authorization', value]] };
}

function twice(first: string, second: string): Carriage {
  return { headers: [...authorization(first).headers, ...authorization(second).headers] };
}

function parameter(token: MintedToken['token']): string {
  return new URLSearchParams({ access_token: token }).toString();
}
