import type { EngineProgress } from './engine-progress.ts';

const MB = 1_000_000;

/** Sums what the engine says of each layer into a few words: `12 of 75 MB`, then `unpacking`. */
export class PullProgress {
  readonly #layers = new Map<string, { current: number; total: number }>();
  #phase = '';

  /** @returns what to show now */
  take({ id, status, progressDetail }: EngineProgress): string {
    const { current, total } = progressDetail ?? {};
    if (id !== undefined && status === 'Downloading' && total !== undefined && total > 0) {
      this.#layers.set(id, { current: Math.min(current ?? 0, total), total });
    }
    const layer = id === undefined ? undefined : this.#layers.get(id);
    if (layer !== undefined && status !== 'Downloading') layer.current = layer.total;
    if (status !== undefined) this.#phase = status;
    return this.#text();
  }

  #text(): string {
    const layers = [...this.#layers.values()];
    const sum = (pick: 'current' | 'total') => layers.reduce((all, layer) => all + layer[pick], 0);
    const [current, total] = [sum('current'), sum('total')];
    if (total === 0) return this.#phase.toLowerCase();
    if (current < total) return `${megabytes(current)} of ${megabytes(total)} MB`;
    return 'unpacking';
  }
}

/** One decimal below ten, so that a small image moves too. */
function megabytes(bytes: number): string {
  return (bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0);
}
