import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { describeWithDocker, docker } from '../../src/runtime/sandbox/testing/docker-engine.ts';
import { offeredServices } from '../../src/scaffold/selection.ts';
import { builtInTemplates } from '../../src/scaffold/template-folder.ts';
import { fintech, temporaryFolder, write } from '../cli/program.ts';
import { installInto } from './compose-system.ts';
import { BASE_LABEL, importBaseImage } from './node-base-image.ts';

const REPOSITORY = 'fintech-dockerfile-test';
const all = offeredServices(await builtInTemplates()).map(({ manifest }) => manifest.id);
/** They all come from one part; these two are built. */
const ids = ['ledger', 'payments'];

describeWithDocker('the Dockerfiles of services, on a stand-in for node:24-slim', () => {
  const tag = randomUUID().slice(0, 8);
  const folder = temporaryFolder();
  const root = join(folder.path, 'bank');
  const imageOf = (id: string) => `${REPOSITORY}-${id}:${tag}`;

  beforeAll(async () => {
    const init = ['init', 'bank', '--services', all.join(','), '--yes'];
    const made = await fintech(init, { cwd: folder.path });
    if (made.exitCode !== 0) throw new Error(made.stderr);
    const cache = join(folder.path, 'npm-cache');
    await installInto(root, { cache, services: all });
    await importBaseImage(docker, { repo: REPOSITORY, tag, cache });
    for (const id of ids) {
      const file = join(root, `services/${id}/Dockerfile`);
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replaceAll(/^FROM node:24-slim/gm, `FROM ${REPOSITORY}:${tag}`));
    }
    const services = ids.map((id) => {
      const build = { context: root, dockerfile: `services/${id}/Dockerfile` };
      return [id, { build, image: imageOf(id) }];
    });
    write(join(root, 'compose.yaml'), stringify({ services: Object.fromEntries(services) }));
    await execa('docker-compose', ['build'], { cwd: root });
  }, 300_000);

  afterAll(async () => {
    for (const image of [...ids.map(imageOf), `${REPOSITORY}:${tag}`]) {
      await docker.getImage(image).remove({ force: true });
    }
    await docker.pruneImages({ filters: { label: [`${BASE_LABEL}=${tag}`] } });
    folder[Symbol.dispose]();
  }, 120_000);

  it.each(all)('%s has the one that all have', (id) => {
    const [own, other] = [id, 'webhooks'].map((name) =>
      readFileSync(join(root, `services/${name}/Dockerfile`), 'utf8')
        .replaceAll(new RegExp(`\\b${name}\\b`, 'g'), '<name>')
        .replaceAll(`${REPOSITORY}:${tag}`, 'node:24-slim'),
    );
    expect(own).toBe(other);
  });

  it.each(ids)('%s builds, starts as nobody special, and says what it lacks', async (id) => {
    const { Config } = await docker.getImage(imageOf(id)).inspect();
    expect(Config).toMatchObject({ User: 'node', Cmd: ['node', 'src/main.ts'] });
    const container = await docker.createContainer({ Image: imageOf(id) });
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const log = String(await container.logs({ stdout: true, stderr: true }));
    await container.remove({ v: true });
    expect(StatusCode, log).not.toBe(0);
    expect(log).toMatch(/[A-Z]+_[A-Z_]+/);
    expect(log).not.toContain('ERR_MODULE_NOT_FOUND');
  });
});
