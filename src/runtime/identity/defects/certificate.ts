import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';

const SEQUENCE = 0x30;
const SET = 0x31;
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const NULL = Buffer.from('0500', 'hex');

/** AlgorithmIdentifiers by the type of a key (RFC 5758 §3.2, RFC 8410 §3, RFC 4055 §5). */
const ALGORITHM_IDENTIFIERS: Readonly<Record<string, Buffer>> = {
  ec: der(SEQUENCE, Buffer.from('06082a8648ce3d040302', 'hex')),
  ed25519: der(SEQUENCE, Buffer.from('06032b6570', 'hex')),
  rsa: der(SEQUENCE, Buffer.from('06092a864886f70d01010b', 'hex'), NULL),
};

/** An X.509 certificate of version 1 (RFC 5280 §4.1) that its own key signed: base64 of its DER. */
export function selfSigned(privateKey: KeyObject, commonName: string): string {
  const type = privateKey.asymmetricKeyType ?? '';
  const algorithm = ALGORITHM_IDENTIFIERS[type] ?? NULL;
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, text(0x0c, commonName))));
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const body = der(
    SEQUENCE,
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    name,
    der(SEQUENCE, text(0x17, '260101000000Z'), text(0x17, '491231235959Z')),
    name,
    publicKey,
  );
  const signature = sign(type === 'ed25519' ? null : 'sha256', body, privateKey);
  const bits = der(0x03, Buffer.of(0), signature);
  return der(SEQUENCE, body, algorithm, bits).toString('base64');
}

function text(tag: number, value: string): Buffer {
  return der(tag, Buffer.from(value));
}

/** Tag, length and content (X.690 §8.1, §10.1). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}
