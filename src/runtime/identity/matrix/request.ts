import type { Carriage } from '../../../model/token-request.ts';
import type { MatrixTarget } from './contract.ts';

/** One request, whole. Values of fields are Latin-1, and may be none that HTTP allows. */
export interface ShotRequest {
  url: URL;
  method: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: string | undefined;
}

const FORM = 'application/x-www-form-urlencoded';

/** @param uuid what `{{uuid}}` stands for in this shot */
export function requestOf(target: MatrixTarget, carriage: Carriage, uuid: string): ShotRequest {
  const filled = (text: string) => text.replaceAll('{{uuid}}', uuid);
  const own = target.headers.map(([name, value]) => [name, filled(value)] as const);
  const body = carriage.form ?? (target.body === undefined ? undefined : filled(target.body));
  const typed = own.filter(([name]) => name.toLowerCase() !== 'content-type');
  const type = carriage.form !== undefined ? FORM : typeOf(target);
  return {
    url: withQuery(target.url, carriage.query),
    method: target.method,
    headers: [
      ...typed,
      ...(type === undefined ? [] : [['Content-Type', type] as const]),
      ...carriage.headers,
    ],
    body,
  };
}

function typeOf({ headers, body }: MatrixTarget): string | undefined {
  const named = headers.find(([name]) => name.toLowerCase() === 'content-type');
  return named?.[1] ?? (body === undefined ? undefined : 'application/json');
}

function withQuery(url: URL, query: string | undefined): URL {
  if (query === undefined) return url;
  const changed = new URL(url);
  changed.search = url.search === '' ? query : `${url.search}&${query}`;
  return changed;
}

const LEGAL_VALUE = /^[\x21-\x7e]+(?:[ ]+[\x21-\x7e]+)*$/;
/** Fields of which a client library would keep one. */
const SINGLE = ['authorization', 'dpop'];

/** Whether a client library would send it just so. */
export function isLegal({ headers }: ShotRequest): boolean {
  const names = headers.map(([name]) => name.toLowerCase());
  return (
    headers.every(([, value]) => LEGAL_VALUE.test(value)) &&
    SINGLE.every((name) => names.indexOf(name) === names.lastIndexOf(name))
  );
}
