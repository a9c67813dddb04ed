import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { systemRandom } from '../../../../kernel/random.ts';
import type { Reporter } from '../../../../kernel/reporter.ts';
import type { ImageRequest } from './image.ts';

const PACKAGE = join(import.meta.dirname, '../../../../..');

/** What a reporter was told, a line each. */
export interface Told {
  lines: string[];
  reporter: Reporter;
}

/** @param onLine hears each line as it is told */
export function recordingReporter(onLine: (line: string) => void = () => {}): Told {
  const lines: string[] = [];
  const tell = (line: string) => {
    lines.push(line);
    onLine(line);
  };
  return {
    lines,
    reporter: {
      step: (title) => ({
        update: (detail) => tell(`${title}: ${detail}`),
        succeed: (detail) => tell(`${title} ok: ${detail}`),
        fail: () => tell(`${title} failed`),
      }),
      note: tell,
      detail: tell,
      warn: tell,
      write: () => Promise.resolve(),
    },
  };
}

/**
 * A copy of this built package with a file of its own, so that its image is no one else's.
 * Removes the copy at the end, and each image that was noted.
 */
export class ImageFixture implements AsyncDisposable {
  readonly docker: Docker;
  readonly folder: string = mkdtempSync(join(tmpdir(), 'fintech-image-'));
  readonly #references = new Set<string>();

  constructor(docker: Docker) {
    this.docker = docker;
    for (const part of ['bin', 'dist', 'package.json']) {
      cpSync(join(PACKAGE, part), join(this.folder, part), { recursive: true });
    }
    this.change();
  }

  /** Changes the content of the program. */
  change(): void {
    const text = Buffer.from(systemRandom.bytes(16)).toString('hex');
    writeFileSync(join(this.folder, 'dist/marker.txt'), text);
  }

  /** Has an image removed at the end. @returns its name */
  note(reference: string): string {
    this.#references.add(reference);
    return reference;
  }

  request(rest: Partial<ImageRequest> = {}): ImageRequest {
    return {
      node: process.execPath,
      programFolder: this.folder,
      baseImage: undefined,
      environment: { PATH: process.env['PATH'], DOCKER_CONFIG: this.folder },
      homeFolder: this.folder,
      reporter: recordingReporter().reporter,
      signal: new AbortController().signal,
      ...rest,
    };
  }

  async removeImages(): Promise<void> {
    // Those made last stand on those made first.
    for (const reference of [...this.#references].reverse()) {
      const image = this.docker.getImage(reference);
      // A test may have removed it before.
      await image.remove({ force: true }).catch((error: { statusCode?: number }) => {
        if (error.statusCode !== 404) throw error;
      });
    }
    this.#references.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await this.removeImages();
  }
}
