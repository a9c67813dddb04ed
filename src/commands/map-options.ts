import type { Command } from 'commander';
import type { MapInput } from '../app/verify-maps.ts';
import { collect } from './options.ts';

export interface MapFlags {
  preset?: string[];
  map?: string[];
}

/** What says how records are read, beyond `fintech.yaml`. */
export function addMapOptions(command: Command): Command {
  return command
    .option(
      '--preset <name>',
      'a known envelope or vocabulary; may be given more than once',
      collect,
    )
    .option('--map <file>', 'a map of your own; may be given more than once', collect);
}

export function mapInputOf({ preset = [], map = [] }: MapFlags): MapInput {
  return { presets: preset, maps: map };
}
