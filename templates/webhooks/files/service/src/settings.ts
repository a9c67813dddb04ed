import { parsePauses, STANDARD_PAUSES_S } from './domain/retry-schedule.ts';
import { Keyring } from './signing/keyring.ts';
import { readMasterKey } from './signing/master-key.ts';
import { parseSecret } from './signing/secret-text.ts';

/** What webhooks are told from outside, beside what every service is. */
export interface Settings {
  keyring: Keyring;
  /** Pauses between tries. */
  pausesS: readonly number[];
  /** How long a receiver may take to answer. */
  timeoutMs: number;
  /** Deliver by https and to the public internet alone. */
  publicOnly: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

const DICTATED = /^INBOUND_([A-Z0-9_]+)_SECRET$/;

/** @throws Error naming the variable that is wrong, never its value */
export function readSettings(variables: Variables, dataFolder: string): Settings {
  const master = readMasterKey(variables, dataFolder);
  return {
    keyring: new Keyring(master, dictatedKeys(variables)),
    pausesS: pauses(variables['RETRY_SCHEDULE_S']),
    timeoutMs: timeoutMs(variables['DELIVERY_TIMEOUT_S']),
    publicOnly: variables['NODE_ENV'] === 'production',
  };
}

/** `INBOUND_ACME_PSP_SECRET` holds the secrets of the source `acme-psp`, between commas. */
function dictatedKeys(variables: Variables): Map<string, Buffer[]> {
  const keys = new Map<string, Buffer[]>();
  for (const [name, value] of Object.entries(variables)) {
    const source = DICTATED.exec(name)?.[1]?.toLowerCase().replaceAll('_', '-');
    if (source === undefined || !value) continue;
    keys.set(
      source,
      value.split(',').map((text) => {
        const key = parseSecret(text.trim());
        if (key === undefined) throw new Error(`${name} is no whsec_ secret of 24 to 64 bytes`);
        return key;
      }),
    );
  }
  return keys;
}

function pauses(text: string | undefined): readonly number[] {
  const given = text ? parsePauses(text) : STANDARD_PAUSES_S;
  if (given === undefined) throw new Error('RETRY_SCHEDULE_S is no list of seconds');
  return given;
}

function timeoutMs(text = '15'): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 60) return seconds * 1000;
  throw new Error('DELIVERY_TIMEOUT_S is no number of seconds from 0.1 to 60');
}
