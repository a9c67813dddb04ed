/** What becomes of a file; decided before anything is written. */
export type FileAction = 'create' | 'update' | 'unchanged' | 'conflict';

/** A file of a plan, as it is reported. */
export interface PlannedPath {
  /** From the root, with `/`. */
  path: string;
  action: FileAction;
  /** Of an update: its lines that come (`+ `) and go (`- `). */
  changes?: string[];
}

/** Files of one folder of the second level, told on one line: nobody reads sixty. */
export interface PlannedGroup {
  /** Ends with `/` for a folder. */
  path: string;
  count: number;
  updated: boolean;
}

/** What is to be written, folder by folder. */
export function groupsOf(files: readonly PlannedPath[]): PlannedGroup[] {
  const groups = new Map<string, PlannedGroup>();
  for (const { path, action } of files) {
    if (action === 'unchanged') continue;
    const [top, below, more] = path.split('/', 3);
    const place = more === undefined ? path : `${top}/${below}/`;
    const group = groups.get(place) ?? { path: place, count: 0, updated: false };
    groups.set(place, {
      path: place,
      count: group.count + 1,
      updated: group.updated || action === 'update',
    });
  }
  return [...groups.values()];
}
