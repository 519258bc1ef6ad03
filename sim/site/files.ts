import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** The files of a site, by absolute path: on this machine's disk where shells use them, else in memory. */
export interface Files {
  has(path: string): boolean;
  /** @throws if there is none */
  read(path: string): string;
  /** Its folders come with it. @param mode of a new file */
  write(path: string, text: string, mode?: number): void;
  makeFolder(path: string): void;
  remove(path: string): void;
  /** The names of the files in a folder, sorted; none if there is no such folder. */
  list(folder: string): readonly string[];
  /** Every file below a folder goes; the folders stay. */
  empty(folder: string): void;
  isExecutable(path: string): boolean;
}

export const diskFiles: Files = {
  has: existsSync,
  read: (path) => readFileSync(path, 'utf8'),
  write(path, text, mode = 0o666) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
  },
  makeFolder(path) {
    mkdirSync(path, { recursive: true });
  },
  remove(path) {
    rmSync(path, { force: true });
  },
  list: (folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => statSync(join(folder, name)).isFile())
          .sort()
      : [],
  empty(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) this.empty(path);
      else rmSync(path);
    }
  },
  isExecutable(path) {
    try {
      accessSync(path, constants.X_OK);
      // Root may execute nothing that has no x bit at all, but access(2) differs between systems.
      return (statSync(path).mode & 0o111) !== 0;
    } catch {
      return false;
    }
  },
};

/** For a site whose scripts are programs of this process: ten thousand reads an incident cost nothing. */
export class MemoryFiles implements Files {
  readonly #files = new Map<string, { text: string; readonly mode: number }>();

  has(path: string): boolean {
    return this.#files.has(path);
  }

  read(path: string): string {
    const file = this.#files.get(path);
    if (!file) throw new Error(`There is no file ${path}.`);
    return file.text;
  }

  write(path: string, text: string, mode = 0o644): void {
    const file = this.#files.get(path);
    if (file) file.text = text;
    else this.#files.set(path, { text, mode });
  }

  /** Folders are nothing but the beginnings of paths. */
  makeFolder(): void {
    return;
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  list(folder: string): readonly string[] {
    return [...this.#files.keys()]
      .filter((path) => path.startsWith(`${folder}/`) && !path.includes('/', folder.length + 1))
      .map((path) => path.slice(folder.length + 1))
      .sort();
  }

  empty(folder: string): void {
    for (const path of this.#files.keys()) {
      if (path.startsWith(`${folder}/`)) this.#files.delete(path);
    }
  }

  isExecutable(path: string): boolean {
    return ((this.#files.get(path)?.mode ?? 0) & 0o111) !== 0;
  }
}
