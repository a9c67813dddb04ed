import type Docker from 'dockerode';
import { FintechError } from '../../../../kernel/errors.ts';
import { printable } from '../../../../kernel/printable.ts';
import { engineFailure } from '../engine/engine-failure.ts';
import { lastLines } from '../engine-log.ts';

/** Program, libraries and Node are started in much less; the rest is a slow disk's. */
const TRIAL_TIMEOUT_MS = 30_000;
const LAST_LINES = 5;
const TRIAL = 'dev.fintech.trial';
/** A trial of another fintech may not be over: twice what one may take, by the engine's clock. */
const LEFT_AFTER = '1m';
/** The engine found nothing to run in the image; other failures to start are not the image's. */
const NO_PROGRAM =
  /executable file not found|no such file or directory|command that was not found/i;

/**
 * Runs `fintech --version` in a new image, shut off as its containers will be: what fails here says
 * that the base has no Node, one too old, or one for another processor.
 * @returns the ended container. Until it is disposed nothing removes the image.
 * @throws FintechError SANDBOX_IMAGE_UNAVAILABLE with what was printed
 */
export async function tryImage(
  docker: Docker,
  trial: { image: string; from: string; hint: string; signal: AbortSignal },
): Promise<AsyncDisposable> {
  const container = await docker.createContainer({
    Image: trial.image,
    Cmd: ['--version'],
    Labels: { [TRIAL]: '1' },
    NetworkDisabled: true,
    HostConfig: { NetworkMode: 'none', ReadonlyRootfs: true, CapDrop: ['ALL'] },
  });
  const remove = () => container.remove({ force: true });
  try {
    const words = await complaintOf(container, trial.signal);
    if (words !== undefined) {
      throw new FintechError(
        'SANDBOX_IMAGE_UNAVAILABLE',
        `fintech does not run in an image made of ${trial.from}: ${words}`,
        { hint: trial.hint },
      );
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { [Symbol.asyncDispose]: remove };
}

/**
 * Removes ended containers of trials whose fintech was killed: they would keep their images.
 * @param leftAfter age from which one counts as left, such as `1m`
 */
export async function removeLeftTrials(
  docker: Docker,
  leftAfter: string = LEFT_AFTER,
): Promise<void> {
  await docker.pruneContainers({ filters: { label: [TRIAL], until: [leftAfter] } });
}

/** Why the container did not end well; undefined when it did. */
async function complaintOf(
  container: Docker.Container,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await container.start();
  } catch (error) {
    const { message } = engineFailure(error, 'start it');
    if (NO_PROGRAM.test(message)) return message;
    throw error;
  }
  const code = await exitCodeOf(container, signal);
  if (code === undefined) return `it did not end within ${TRIAL_TIMEOUT_MS / 1000} s`;
  return code === 0 ? undefined : await lastWords(container, code);
}

/** Undefined when the time is over. */
async function exitCodeOf(
  container: Docker.Container,
  signal: AbortSignal,
): Promise<number | undefined> {
  const timeout = AbortSignal.timeout(TRIAL_TIMEOUT_MS);
  try {
    const abortSignal = AbortSignal.any([signal, timeout]);
    const { StatusCode } = (await container.wait({ abortSignal })) as { StatusCode: number };
    return StatusCode;
  } catch (error) {
    if (timeout.aborted && !signal.aborted) return undefined;
    throw error;
  }
}

async function lastWords(container: Docker.Container, code: number): Promise<string> {
  const words = (await lastLines(container, LAST_LINES)).map(printable).join(' ').trim();
  return words === '' ? `it ended with exit code ${code}` : words;
}
