import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** Writes a context as `docker context create` does. @returns the folder of its TLS files */
export function writeContext(folder: string, name: string, docker: unknown): string {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = join(folder, 'contexts', 'meta', id);
  const tls = join(folder, 'contexts', 'tls', id, 'docker');
  mkdirSync(meta, { recursive: true });
  mkdirSync(tls, { recursive: true });
  writeFileSync(
    join(meta, 'meta.json'),
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } }),
  );
  return tls;
}

export function writeConfig(folder: string, config: unknown): void {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
}

/**
 * Makes an authority (`ca.pem`) and a certificate with its key (`cert.pem`, `key.pem`) for both
 * ends of a connection to this host.
 */
export async function makeCertificates(folder: string, host = '127.0.0.1'): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const openssl = (...args: string[]) => execa('openssl', args, { cwd: folder });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const authority = ['-subj', '/CN=authority', '-keyout', 'ca-key.pem', '-out', 'ca.pem'];
  await openssl('req', '-x509', ...newKey, '-days', '2', ...authority);
  const ours = ['-subj', '/CN=engine', '-keyout', 'key.pem', '-out', 'request.pem'];
  await openssl('req', ...newKey, ...ours);
  const name = /^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`;
  writeFileSync(join(folder, 'extensions'), `subjectAltName=${name}\n`);
  const signer = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial'];
  const signed = ['-in', 'request.pem', '-out', 'cert.pem', '-extfile', 'extensions'];
  await openssl('x509', '-req', '-days', '2', ...signer, ...signed);
}
