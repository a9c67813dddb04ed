import type { Network } from 'dockerode';
import type { Reporter } from '../../../kernel/reporter.ts';

/**
 * Disconnects what others run in a network of ours, such as a shell that somebody put there, and
 * says so: the engine removes no network with a container in it, and theirs are not ours to stop.
 * @param except ids of containers that stay in it
 * @throws the engine's error when the network is gone
 */
export async function letGuestsOut(
  network: Network,
  { except, reporter }: { except: readonly string[]; reporter: Reporter },
): Promise<void> {
  const { Name: name, Containers = {} } = await network.inspect();
  const guests = Object.entries(Containers).filter(([id]) => !except.includes(id));
  const disconnections = guests.map(async ([id, { Name: guest }]) => {
    try {
      await network.disconnect({ Container: id, Force: true });
    } catch {
      // It left by itself, or the removal that follows fails for what holds it.
      return;
    }
    const back = `docker network connect ${name} ${guest}`;
    reporter.warn(
      `the network of the sandbox goes, and the container ${guest} runs on without it: after the next start put it back by \`${back}\``,
    );
  });
  await Promise.all(disconnections);
}
