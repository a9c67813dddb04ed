import type { DriverOptions } from '../driver.ts';

/**
 * While it is held, a second Ctrl-C does not end this process, which would leave containers behind:
 * they are ended first.
 * @param end how, where they do not end by themselves at once
 */
export function onForcedEnd(
  { forced }: Pick<DriverOptions, 'forced'>,
  end: () => void = () => {},
): Disposable {
  forced.addEventListener('abort', end, { once: true });
  return { [Symbol.dispose]: () => forced.removeEventListener('abort', end) };
}
