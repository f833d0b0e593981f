/** The folders of a list, and whether any file is in them. */
export class Folders {
  readonly #holdFiles = new Map<string, boolean>([['', false]]);

  noteFolder(path: string): void {
    if (path !== '' && !this.#holdFiles.has(path)) this.#holdFiles.set(path, false);
  }

  noteFile(path: string): void {
    for (let folder = parentOf(path); this.#holdFiles.get(folder) !== true; folder = parentOf(folder)) {
      this.#holdFiles.set(folder, true);
    }
  }

  /** Whether the absence of the file at `path` is certain: the nearest folder above it that is there still holds files. */
  isGone(path: string): boolean {
    let folder = parentOf(path);
    while (!this.#holdFiles.has(folder)) folder = parentOf(folder);
    return this.#holdFiles.get(folder) === true;
  }
}

/** The root is the empty path. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
