import { readFile } from 'node:fs/promises';
import { withEnvironment } from '../model/config-environment.ts';
import type { Config, ServiceConfig } from '../model/config.ts';
import { readYaml } from '../model/yaml-text.ts';
import { referenceTo } from '../runtime/sandbox/docker/compose/compose-text.ts';
import type { Workspace } from './workspace.ts';

/** What a service is given that may come from the environment of whoever starts it. */
type OpenPart = Pick<ServiceConfig, 'env' | 'command'>;

export interface OpenConfig {
  /** The environment and the command of a service hold references where `fintech.yaml` says `${NAME}`. */
  config: Config;
  /** The names that were referred to there, in their order. */
  names: readonly string[];
}

/**
 * A workspace's configuration without the values that its services take from the environment: they
 * may be secret, and what is exported is committed.
 */
export async function withReferences(
  { configFile, config }: Workspace,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<OpenConfig> {
  const { value } = readYaml(await readFile(configFile, 'utf8'));
  const references = Object.fromEntries(
    Object.keys(environment).map((name) => [name, referenceOf(name)]),
  );
  const source = { file: configFile, environment: references };
  const { services = {} } = withEnvironment(value, source) as Pick<Config, 'services'>;
  const open = Object.entries(services).map(([name, { env, command }]): [string, OpenPart] => {
    return [name, { ...(env && { env }), ...(command && { command }) }];
  });
  const texts = JSON.stringify(open);
  return {
    config: { ...config, services: merged(config.services ?? {}, Object.fromEntries(open)) },
    names: Object.keys(references).filter((name) => texts.includes(referenceOf(name))),
  };
}

function merged(
  services: Readonly<Record<string, ServiceConfig>>,
  open: Readonly<Record<string, OpenPart>>,
): Record<string, ServiceConfig> {
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [name, { ...service, ...open[name] }]),
  );
}

function referenceOf(name: string): string {
  return referenceTo({ name, message: 'fintech.yaml takes it from here', mayBeEmpty: true });
}
