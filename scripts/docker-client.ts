import type { Plugin } from 'esbuild';

/**
 * What Docker's client loads and we never call: BuildKit's session and log decoder (we build by the
 * classic API), and its SSH client (`ssh-agent.ts` runs the user's own `ssh`). They are two thirds
 * of its size, two thirds of its time to load, and bring native modules.
 */
const UNUSED = /dockerode[/\\]lib[/\\](?:session|buildkit)\.js$|docker-modem[/\\]lib[/\\]ssh\.js$/;

/** Bundles Docker's client without what we never call. */
export const dockerClient: Plugin = {
  name: 'docker-client',
  setup: (bundler) => {
    bundler.onLoad({ filter: UNUSED }, () => ({ contents: 'module.exports = undefined;' }));
  },
};
