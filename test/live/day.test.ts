import { describeWithDocker, docker } from '../../src/runtime/sandbox/testing/docker-engine.ts';
import { DAY, describeDay } from '../bank/day/describe-day.ts';
import { RunningBank } from '../bank/running-bank.ts';
import { bankWorkspace } from '../cli/program.ts';
import { AUTO, DockerWorkspace } from './docker-workspace.ts';

const PAYMENTS = 60;

/** This machine, as containers of every network reach it. */
async function machine(): Promise<string> {
  const { IPAM } = (await docker.getNetwork('bridge').inspect()) as {
    IPAM: { Config: { Gateway: string }[] };
  };
  return IPAM.Config[0]?.Gateway ?? '';
}

describeWithDocker(`a day of business, in Docker, with ${PAYMENTS} ${DAY}`, () => {
  let workspace: DockerWorkspace;
  describeDay({
    payments: PAYMENTS,
    customers: 8,
    host: machine,
    async start(services, prepare) {
      const made = await bankWorkspace(services);
      workspace = new DockerWorkspace(made.root, () => made[Symbol.asyncDispose]());
      return RunningBank.startIn(workspace, { env: AUTO, driver: 'docker', prepare });
    },
    async kill(_bank, service) {
      process.kill(await workspace.servicePid(service), 'SIGKILL');
    },
  });
});
