/**
 * The page's files. From sources they are bundled at first use and kept beside the tool's other bundles;
 * an installed package has them ready.
 */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { bundle } from '@faultline/supervisor';
import { pageBundle } from './page-bundle.ts';

export class Assets {
  readonly #cacheDir: string;
  #script: Promise<string> | undefined;

  constructor(cacheDir: string) {
    this.#cacheDir = cacheDir;
  }

  /** The whole page: its script also has the styles, and runs as the worker too. */
  script(): Promise<string> {
    this.#script ??= this.#build();
    return this.#script;
  }

  async #build(): Promise<string> {
    // Its sources are not beside an installed package's code.
    if (extname(import.meta.url) !== '.ts') {
      return readFile(new URL('./page.js', import.meta.url), 'utf8');
    }
    const path = await bundle({ ...pageBundle, cacheDir: this.#cacheDir });
    return readFile(path, 'utf8');
  }
}
