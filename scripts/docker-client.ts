import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** BuildKit's session and log decoder: we build by the classic API, and they cost 0.7 MB and 100 ms. */
const BUILDKIT = /dockerode[/\\]lib[/\\](?:session|buildkit)\.js$/;
/** Native speed-ups of ssh2: it loads them in a try, and goes on in JavaScript without. */
const NATIVE = /\.node$|^cpu-features$/;
const MODEM = /docker-modem[/\\]lib[/\\]modem\.js$/;
const SSH_AT_START = "ssh = require('./ssh')";
const SSH_WHEN_USED = "ssh = (options) => require('./ssh')(options)";

/** Bundles Docker's client without what we never call, and with SSH loaded only by an `ssh://` engine. */
export const dockerClient: Plugin = {
  name: 'docker-client',
  setup: (bundler) => {
    bundler.onLoad({ filter: BUILDKIT }, () => ({ contents: 'module.exports = undefined;' }));
    bundler.onLoad({ filter: MODEM }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!source.includes(SSH_AT_START)) throw new Error(`${path} loads SSH in another way now`);
      return { contents: source.replace(SSH_AT_START, SSH_WHEN_USED) };
    });
    bundler.onResolve({ filter: NATIVE }, ({ path }) => ({ path, namespace: 'left-out' }));
    bundler.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not bundled`)});`,
    }));
  },
};
