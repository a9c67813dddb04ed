/**
 * Waits for all promises, also when one fails: nothing is made behind the back of who cleans up.
 * @param failed hears of the first failure at once, to end the others
 * @throws that first failure
 */
export async function settled<T>(
  promises: readonly Promise<T>[],
  failed: (error: unknown) => void = () => {},
): Promise<T[]> {
  const all = Promise.all(promises);
  all.catch(failed);
  await Promise.allSettled(promises);
  return all;
}
