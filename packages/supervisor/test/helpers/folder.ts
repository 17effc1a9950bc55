/** A folder for one test, removed when the test ends. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export class Folder implements Disposable {
  // The real path: if the system's temporary folder is a link, paths would not compare.
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'faultline-supervisor-')));

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  write(name: string, text: string): string {
    const path = this.at(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
