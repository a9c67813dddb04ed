import { expect, it } from 'vitest';
import { describeWithDocker } from '../testing/docker-engine.ts';
import { FaultBench } from './faults.fixture.ts';
import { recordingReporter } from './image/image.fixture.ts';
import { networkName } from './project.ts';

describeWithDocker("somebody else's container in the network of a sandbox", () => {
  it('holds up neither its end nor its next start, runs on, and is told of', async () => {
    await using bench = new FaultBench();
    const { docker, project } = bench;
    const network = networkName(project);
    const name = `${project.id}-guest`;
    for (const volumes of [false, true]) {
      const told = recordingReporter();
      const sandbox = await bench.start({ reporter: told.reporter });
      const { Image } = await bench.inspect('registry');
      const guest = await docker.createContainer({
        name,
        Image,
        Entrypoint: ['/usr/local/bin/node', '--eval', 'setInterval(() => {}, 1000)'],
        HostConfig: { NetworkMode: network },
      });
      try {
        await guest.start();
        await sandbox.stop();
        await bench.make().purge({ data: volumes });
        expect(await bench.leftovers()).toEqual([]);
        expect((await guest.inspect()).State.Running).toBe(true);
        const warnings = told.lines.filter((line) => line.includes(name));
        expect(warnings).toEqual([expect.stringContaining(`connect ${network} ${name}`)]);
      } finally {
        await guest.remove({ force: true });
      }
    }
  });
});
