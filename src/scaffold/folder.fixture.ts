import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of a test's own, removed with it. */
export class Folder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'scaffold-'));

  /** Writes files by their paths. */
  write(files: Readonly<Record<string, string | Buffer>>): void {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(this.at(name)), { recursive: true });
      writeFileSync(this.at(name), content);
    }
  }

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A manifest that passes, but for what is changed. */
export function manifestWith(changes: object = {}): string {
  return JSON.stringify({
    schemaVersion: 1,
    id: 'mine',
    kind: 'service',
    description: 'mine',
    files: [{ from: 'src', to: 'services/{{name}}/src' }],
    ...changes,
  });
}

/** For templates that name no part. */
export function noParts(id: string): string {
  throw new Error(`nobody has the part ${id}`);
}
