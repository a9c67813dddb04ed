import { fileURLToPath } from 'node:url';
import { driverConformance } from '../driver.conformance.ts';
import { describeWithDocker, docker, leftovers } from '../testing/docker-engine.ts';
import type { SandboxFixture } from '../testing/sandbox-fixture.ts';
import { dockerDriver } from './driver.ts';
import { containerName, LABEL, networkName, projectOf } from './project.ts';

/** Containers run the built program: `npm run build` first. */
const entry = fileURLToPath(new URL('../../../../bin/fintech.js', import.meta.url));

const isVolume = (thing: string) => thing.startsWith('volume ');
const projectIn = ({ root, stateFolder }: SandboxFixture) =>
  projectOf({ name: 'fixture', root, stateFolder });

describeWithDocker('with a Docker engine', () => {
  driverConformance('docker', {
    make: (options) => dockerDriver({ ...options, self: { node: process.execPath, entry } }),
    leftovers: async (fixture) =>
      (await leftovers(projectIn(fixture).id)).filter((thing) => !isVolume(thing)),
    hasData: async (fixture) => (await leftovers(projectIn(fixture).id)).some(isVolume),
    leaveWreck,
    stopFromElsewhere: async (fixture) => {
      const elsewhere = await dockerDriver(fixture.options()).attach();
      await elsewhere?.stop();
    },
  });
});

/** The names of a network and of containers that were made, and never started. */
async function leaveWreck(fixture: SandboxFixture): Promise<void> {
  const project = projectIn(fixture);
  const [image] = await docker.listImages({ filters: { reference: ['fintech-sandbox'] } });
  const Labels = { [LABEL.project]: project.id };
  await docker.createNetwork({ Name: networkName(project), Labels });
  for (const unit of ['events', 'gateway']) {
    await docker.createContainer({
      name: containerName(project, unit),
      Image: image?.Id ?? '',
      Labels,
    });
  }
}
