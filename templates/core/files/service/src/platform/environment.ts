import { SERVICE } from '../names.ts';

/** Everything this service is told from outside. */
export interface Environment {
  host: string;
  port: number;
  instance: string;
  /** Where others reach it, as the registry is told. */
  advertise: { host: string; port: number | undefined };
  dataFolder: string;
  logLevel: string;
  eventsUrl: string;
  issuer: string;
  jwksUrl: string;
  tokenUrl: string;
  client: { id: string; secret: string };
  /** Absent where the platform has a discovery of its own. */
  registry: { url: string; token: string | undefined } | undefined;
  /** All of it as it was told: `<SERVICE>_URL` fixes where another service is. */
  variables: Variables;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** @throws Error naming every variable that is missing or wrong */
export function readEnvironment(variables: Variables): Environment {
  const faults: string[] = [];
  const text = (name: string, fallback?: string): string => {
    const value = variables[name] || fallback;
    if (value === undefined) faults.push(`${name} is not set`);
    return value ?? '';
  };
  const url = (name: string): string => {
    const value = text(name);
    if (value !== '' && !URL.canParse(value)) faults.push(`${name} is no URL`);
    return value.replace(/\/+$/, '');
  };
  const port = (name: string, fallback?: string): number => {
    const value = Number(text(name, fallback));
    if (!Number.isInteger(value) || value < 0 || value > 65_535) faults.push(`${name} is no port`);
    return value;
  };
  const host = text('HOST', '127.0.0.1');
  const environment: Environment = {
    host,
    port: port('PORT', '0'),
    instance: text('FINTECH_INSTANCE', `${SERVICE}-1`),
    advertise: {
      host: text('ADVERTISE_HOST', host),
      port: variables['ADVERTISE_PORT'] ? port('ADVERTISE_PORT') : undefined,
    },
    dataFolder: text('DATA_DIR', '.data'),
    logLevel: text('LOG_LEVEL', 'info'),
    eventsUrl: url('FINTECH_EVENTS_URL'),
    // Compared with `iss` letter by letter, so it is taken as it is.
    issuer: text('FINTECH_ISSUER'),
    jwksUrl: url('FINTECH_JWKS_URL'),
    tokenUrl: url('FINTECH_TOKEN_URL'),
    client: { id: text('FINTECH_CLIENT_ID'), secret: text('FINTECH_CLIENT_SECRET') },
    registry: variables['CONSUL_HTTP_ADDR']
      ? { url: url('CONSUL_HTTP_ADDR'), token: variables['CONSUL_HTTP_TOKEN'] }
      : undefined,
    variables,
  };
  if (faults.length > 0) throw new Error(`cannot start: ${faults.join('; ')}`);
  return environment;
}
