import { generateKeyPairSync, hash } from 'node:crypto';
import { carriageOf } from '../../../model/token-request.ts';
import type { TokenDraft } from '../signing.ts';
import { selfSigned } from './certificate.ts';
import type { Defect } from './contract.ts';
import { signed } from './entries.ts';
import { withClaims } from './token-parts.ts';

/** Truly signed tokens that are bound to a client certificate, sent by who does not hold it. */
export const MTLS_DEFECTS: readonly Defect[] = [
  signed(
    about('certificate-missing', 'Bound to a certificate, sent without any', ['M1', 'RFC 8705 §3']),
    { edit: (draft, { random }) => boundTo(draft, random.bytes(32)) },
  ),
  signed(
    about('certificate-other', 'Bound to another certificate than that of the connection', [
      'M2',
      'RFC 8705 §3',
      'RFC 8705 §3.1',
    ]),
    { edit: (draft, { random }) => boundTo(draft, random.bytes(32)) },
  ),
  signed(
    about('certificate-claimed', 'Bound to a certificate that only a Client-Cert field shows', [
      'M3',
      'RFC 9440 §2.2',
      'RFC 9440 §4',
      'RFC 8705 §3',
    ]),
    {
      edit: (draft) => boundTo(draft, hash('sha256', stolenCertificate(), 'buffer')),
      carry: (minted) => ({
        headers: [
          ...carriageOf(minted).headers,
          ['Client-Cert', `:${stolenCertificate().toString('base64')}:`],
        ],
      }),
    },
  ),
];

function about(name: string, title: string, [row, ...sources]: readonly [string, ...string[]]) {
  return { id: `mtls/${name}`, class: row, title, sources, needs: ['mtls'] } as const;
}

/** RFC 8705 §3.1. */
function boundTo(draft: TokenDraft, thumbprint: Buffer): TokenDraft {
  const cnf = draft.claims['cnf'];
  const others = typeof cnf === 'object' ? cnf : {};
  return withClaims(draft, {
    cnf: { ...others, 'x5t#S256': thumbprint.toString('base64url') },
  });
}

let certificate: Buffer | undefined;

/** The certificate of somebody whose token was stolen: public, as all are. One for the process. */
function stolenCertificate(): Buffer {
  if (certificate !== undefined) return certificate;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  certificate = Buffer.from(selfSigned(privateKey, 'Sandbox Client'), 'base64');
  return certificate;
}
