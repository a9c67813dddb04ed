import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { validateConfig } from '../../src/model/config-validator.ts';
import { containerSpec, MAX_RESTARTS } from '../../src/runtime/sandbox/docker/container-spec.ts';
import { DEFAULT_BASE } from '../../src/runtime/sandbox/docker/image/image-dockerfile.ts';
import type { Unit } from '../../src/runtime/sandbox/plan.ts';

const ROOT = join(import.meta.dirname, '../..');
const MIB = 1_048_576;

const page = readFileSync(join(ROOT, 'docs/docker.md'), 'utf8').replaceAll(/\s+/g, ' ');

/** What the driver asks the engine for. */
function specOf(kind: Unit['kind']) {
  const unit: Unit = {
    name: 'UNIT',
    kind,
    needs: [],
    port: 1,
    url: 'http://127.0.0.1:1',
    readyPath: '/',
    environment: { PORT: '3000' },
    ...(kind === 'service'
      ? { process: { folder: ROOT, path: 'services/NAME', command: undefined, watch: ['src'] } }
      : {}),
  };
  const project = { id: 'PROJECT', root: ROOT };
  const folders = {
    root: ROOT,
    stateFolder: `${ROOT}/.fintech`,
    keysFolder: `${ROOT}/.fintech/keys`,
  };
  return containerSpec(unit, {
    project,
    folders,
    image: 'IMAGE',
    publishOn: '127.0.0.1',
    hasInit: true,
    position: 0,
  });
}

/** As the page writes names that differ between sandboxes. */
function asWritten(name: string | undefined): string {
  const written = (name ?? '').replace('PROJECT', '<project>').replace('UNIT', '<unit>');
  return `\`${written}\``;
}

describe('docs/docker.md', () => {
  it('names containers, networks and volumes as the driver does', () => {
    const { name, HostConfig: host } = specOf('component');
    expect(page).toContain(asWritten(name));
    expect(page).toContain(asWritten(host?.NetworkMode));
    expect(page).toContain(asWritten(host?.Mounts?.[0]?.Source));
  });

  it('gives the limits that the driver sets', () => {
    const [component, service] = (['component', 'service'] as const).map(
      (kind) => (specOf(kind).HostConfig?.Memory ?? 0) / MIB,
    );
    expect(page).toContain(`A component may take ${component} MiB of memory, a service ${service}`);
    expect(page).toContain(`up to ${MAX_RESTARTS} times`);
    const { User: user, HostConfig: host } = specOf('component');
    expect(page).toContain(`user ${user?.split(':')[0]},`);
    expect(host?.Tmpfs?.['/tmp']).toContain('size=64m');
    expect(page).toContain('64 MiB of `/tmp`');
  });

  it('says where a service works, and names the base image that is used', () => {
    const folder = specOf('service').WorkingDir?.replace('NAME', '<name>');
    expect(page).toContain(`its own folder, \`${folder}\``);
    expect(page).toContain(`\`${DEFAULT_BASE}\``);
  });

  it('shows settings that fintech.yaml takes', () => {
    const text = readFileSync(join(ROOT, 'docs/docker.md'), 'utf8');
    const shown = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml);
    expect(shown).toHaveLength(2);
    for (const yaml of shown) {
      expect(validateConfig({ name: 'bank', ...(parse(yaml) as object) })).toMatchObject({
        ok: true,
      });
    }
  });
});
