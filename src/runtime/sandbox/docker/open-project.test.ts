import Docker from 'dockerode';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SandboxFixture, sandboxFixture } from '../testing/sandbox-fixture.ts';
import { serveEngine, VERSION } from './engine/engine-server.fixture.ts';
import { openProject } from './open-project.ts';
import { ProjectEngine } from './project-engine.ts';

let fixture: SandboxFixture;
beforeEach(() => {
  fixture = sandboxFixture();
});
afterEach(() => fixture[Symbol.dispose]());

it.skipIf(process.platform === 'win32')(
  'says what to do where only ssh knows the host of the engine',
  async () => {
    const path = join(fixture.root, 'docker.sock');
    await using _engine = await serveEngine(VERSION, { path });
    const relay = `#!${process.execPath}
      const socket = require('node:net').connect(${JSON.stringify(path)});
      process.stdin.pipe(socket).pipe(process.stdout);`;
    writeFileSync(join(fixture.root, 'ssh'), relay);
    chmodSync(join(fixture.root, 'ssh'), 0o755);
    const environment = { PATH: fixture.root, DOCKER_HOST: 'ssh://alias.invalid' };
    await expect(openProject(fixture.options({ environment }))).rejects.toMatchObject({
      code: 'SANDBOX_DRIVER_ABSENT',
      message: expect.stringContaining('its host "alias.invalid" has no address'),
      hint: expect.stringMatching(/IP address.*unset DOCKER_HOST.*--driver embedded/),
    });
  },
);

it.each([
  ['fd00::1', '[fd00::1]'],
  ['192.0.2.7', '192.0.2.7'],
  ['engine.example', 'engine.example'],
  [undefined, '127.0.0.1'],
])('an engine at %s publishes ports at %s', (remoteHost, publishedHost) => {
  const { reporter, root } = fixture.options();
  const project = { id: 'bank-1', root };
  const place = { project, remoteHost, publishOn: '192.0.2.7', reporter };
  expect(new ProjectEngine(new Docker(), place).publishedHost).toBe(publishedHost);
  expect(URL.canParse(`http://${publishedHost}:8500`)).toBe(true);
});
