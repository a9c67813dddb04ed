import { existsSync, type FSWatcher, watch } from 'node:fs';
import { messageOf } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/time.ts';

const SETTLE_MS = 100;
const RETRY_MS = 1000;

export interface FolderWatchOptions {
  clock: Clock;
  /** A burst of changes has settled, or a folder that was missing is there. */
  changed: () => void;
  /** A folder cannot be watched now; it is tried again. Said once for each folder. */
  failed: (why: string) => void;
}

/** Watches folders and all below. They may be missing, come and go: that is a change, no fault. */
export function watchFolders(paths: readonly string[], options: FolderWatchOptions): Disposable {
  const { clock, changed } = options;
  let settling: Disposable | undefined;
  const touched = () => {
    settling?.[Symbol.dispose]();
    settling = clock.after(SETTLE_MS, () => {
      // A watcher does not follow a folder that was deleted and made again.
      for (const folder of folders) folder.open();
      changed();
    });
  };
  const folders = paths.map((path) => new WatchedFolder(path, { ...options, touched }));
  for (const folder of folders) folder.open();
  return {
    [Symbol.dispose]: () => {
      settling?.[Symbol.dispose]();
      for (const folder of folders) folder.close();
    },
  };
}

class WatchedFolder {
  readonly #path: string;
  readonly #options: FolderWatchOptions & { touched: () => void };
  #watcher: FSWatcher | undefined;
  #retry: Disposable | undefined;
  #failed = false;

  constructor(path: string, options: FolderWatchOptions & { touched: () => void }) {
    this.#path = path;
    this.#options = options;
  }

  open(): void {
    this.close();
    // Node neither refuses to watch a missing folder nor notices it when it comes.
    if (!existsSync(this.#path)) return this.#awaitFolder();
    try {
      this.#watcher = watch(this.#path, { recursive: true }, this.#options.touched);
      this.#watcher.on('error', (error) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  close(): void {
    this.#watcher?.close();
    this.#retry?.[Symbol.dispose]();
  }

  #awaitFolder(): void {
    this.#retry = this.#options.clock.after(RETRY_MS, () => {
      if (existsSync(this.#path)) this.#options.touched();
      else this.#awaitFolder();
    });
  }

  #fail(error: unknown): void {
    this.close();
    this.#retry = this.#options.clock.after(RETRY_MS, () => this.open());
    if (this.#failed) return;
    this.#failed = true;
    this.#options.failed(`changes in ${this.#path} go unnoticed: ${messageOf(error)}`);
  }
}
