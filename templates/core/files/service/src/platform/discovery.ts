import { type Dispatcher, request } from 'undici';

interface HealthEntry {
  Node: { Address: string };
  Service: { Address: string; Port: number };
}

/**
 * Where another service answers: `<NAME>_URL` where it is set, else one of its healthy instances
 * in the registry, by chance.
 * @throws Error when neither knows it
 */
export async function findService(
  name: string,
  from: {
    variables: Readonly<Record<string, string | undefined>>;
    registryUrl: string | undefined;
    dispatcher: Dispatcher;
  },
): Promise<string> {
  const fixed = from.variables[`${name.toUpperCase().replaceAll('-', '_')}_URL`];
  if (fixed !== undefined && fixed !== '') return fixed.replace(/\/+$/, '');
  if (from.registryUrl === undefined) throw new Error(`nothing says where ${name} is`);
  const { statusCode, body } = await request(
    `${from.registryUrl}/v1/health/service/${encodeURIComponent(name)}?passing=1`,
    { dispatcher: from.dispatcher, signal: AbortSignal.timeout(2000) },
  );
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`the registry answered ${statusCode}`);
  }
  const healthy = (await body.json()) as HealthEntry[];
  const chosen = healthy[Math.floor(Math.random() * healthy.length)];
  if (chosen === undefined) throw new Error(`no healthy instance of ${name}`);
  return `http://${chosen.Service.Address || chosen.Node.Address}:${chosen.Service.Port}`;
}
