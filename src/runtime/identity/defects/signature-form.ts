import type { SigningAlgorithm } from '../../../model/token-request.ts';
import type { Defect } from './contract.ts';
import { forged } from './entries.ts';
import { signatureIn, withSignature } from './token-parts.ts';

const ECDSA = ['RFC 7518 §3.4'];
const ZERO = [...ECDSA, 'CVE-2022-21449'];
/** The order of P-256 (SEC 2 §2.4.2). */
const ORDER = Buffer.from(
  'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  'hex',
);
/** The order of the base point of Ed25519 (RFC 8032 §5.1), little end first. */
const EDWARDS_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Signatures whose numbers no verifier may take, though some have. */
export const SIGNATURE_FORM_DEFECTS: readonly Defect[] = [
  reshaped('ecdsa/zero', 'ES256', 'Both numbers of the signature zero', ZERO, () =>
    Buffer.alloc(64),
  ),
  reshaped('ecdsa/zero-r', 'ES256', 'The first number of the signature zero', ZERO, (signature) =>
    signature.fill(0, 0, 32),
  ),
  reshaped('ecdsa/order', 'ES256', 'Both numbers the order of the curve', ZERO, () =>
    Buffer.concat([ORDER, ORDER]),
  ),
  reshaped('ecdsa/out-of-range', 'ES256', 'Both numbers beyond the curve', ZERO, () =>
    Buffer.alloc(64, 0xff),
  ),
  reshaped('ecdsa/der', 'ES256', 'The signature in its DER form', ECDSA, derOf),
  reshaped('ecdsa/short', 'ES256', 'One byte short', ECDSA, (signature) => signature.subarray(1)),
  reshaped('ecdsa/long', 'ES256', 'Each number with a zero before it', ECDSA, (signature) =>
    Buffer.concat([Buffer.of(0), signature.subarray(0, 32), Buffer.of(0), signature.subarray(32)]),
  ),
  reshaped(
    'eddsa/non-canonical',
    'EdDSA',
    'The number of the signature beyond the order',
    ['RFC 8032 §5.1.7', 'RFC 8037 §3.1'],
    (signature) => Buffer.concat([signature.subarray(0, 32), plusOrder(signature.subarray(32))]),
  ),
];

function reshaped(
  ...[id, algorithm, title, sources, reshape]: [
    string,
    SigningAlgorithm,
    string,
    string[],
    (signature: Buffer) => Buffer,
  ]
): Defect {
  const about = { id, class: 'S31', title, sources, algorithms: [algorithm] };
  return forged(about, 'signature', (good) => withSignature(good, reshape(signatureIn(good))));
}

/** ECDSA-Sig-Value of RFC 3279 §2.2.3. */
function derOf(signature: Buffer): Buffer {
  const numbers = [signature.subarray(0, 32), signature.subarray(32)].map(derInteger);
  const content = Buffer.concat(numbers);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}

function derInteger(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(Math.max(0, start));
  const positive = digits.readUInt8(0) < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits]);
  return Buffer.concat([Buffer.of(0x02, positive.length), positive]);
}

function plusOrder(scalar: Buffer): Buffer {
  const value = BigInt(`0x${Buffer.from(scalar).reverse().toString('hex')}`) + EDWARDS_ORDER;
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}
