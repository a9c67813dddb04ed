import { fixedPorts } from '../model/config-rules.ts';
import { COMPONENTS } from '../model/names.ts';
import type { Context } from './context.ts';
import { chooseDriver } from './driver-choice.ts';
import { componentUrl, type Workspace } from './workspace.ts';

/** Where each value comes from that a flag, the environment, the file or a default may give. */
export async function describeOrigins(context: Context, workspace: Workspace): Promise<string[]> {
  const { name, why } = await chooseDriver(context, workspace, undefined);
  const configured = fixedPorts(workspace.config);
  const lines = [
    `configuration: ${workspace.configFile}`,
    `keys: ${workspace.keysFolder} (${context.environment['FINTECH_KEYS'] === undefined ? 'default' : 'FINTECH_KEYS'})`,
    `driver: ${name} (${why})`,
  ];
  for (const component of COMPONENTS) {
    const variable = `FINTECH_${component.toUpperCase()}_PORT`;
    const fromFile =
      configured[component] === undefined ? 'kept in .fintech/ports.json' : 'fintech.yaml';
    const origin = context.environment[variable] === undefined ? fromFile : variable;
    lines.push(`${component}: ${await componentUrl(context, workspace, component)} (${origin})`);
  }
  return lines;
}
