/**
 * Custom modules that a plan names by their paths, such as `./no-oversell.ts`. They are bundled like
 * programs, so that TypeScript and `@faultline/…` work wherever the file is.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FaultlineError, printable } from '@faultline/protocol';
import { bundle, toolCacheDir } from '@faultline/supervisor';

export interface UserModule {
  /** What it declares, for messages: `check`. */
  readonly kind: string;
  /** Absolute. */
  readonly path: string;
}

/** Returns the path of its bundle. Throws BAD_PLAN if there is no such file or it does not compile. */
export async function bundleModule(module: UserModule, stateDir: string): Promise<string> {
  const { kind, path } = module;
  if (!existsSync(path)) throw bad(module, 'there is no such file');
  try {
    return await bundle({
      label: kind,
      entry: `export { default } from ${JSON.stringify(path)};`,
      cacheDir: toolCacheDir(join(stateDir, 'cache')),
      packagesFrom: fileURLToPath(new URL('.', import.meta.url)),
    });
  } catch (thrown) {
    if (!(thrown instanceof FaultlineError) || thrown.code !== 'PROGRAM_INVALID') throw thrown;
    const { file, line, column, text } = thrown.facts;
    const place = file === undefined ? '' : `${file}:${line}:${column}: `;
    throw bad(module, `it does not compile: ${place}${text ?? thrown.message}`, thrown);
  }
}

/** The default export of a bundled module. Throws BAD_PLAN if the module throws while it is loaded. */
export async function importModule(module: UserModule, bundlePath: string): Promise<unknown> {
  try {
    const { default: declared } = await import(pathToFileURL(bundlePath).href);
    return declared;
  } catch (thrown) {
    throw bad(module, `it throws while it is loaded: ${messageOf(thrown)}`, thrown);
  }
}

/** Throws BAD_PLAN with the path of the module and the mistake in its declaration. */
export function declaredIn<T>(module: UserModule, declare: () => T): T {
  try {
    return declare();
  } catch (thrown) {
    throw bad(module, messageOf(thrown), thrown);
  }
}

const messageOf = (thrown: unknown): string =>
  printable(thrown instanceof Error ? thrown.message : String(thrown));

function bad({ kind, path }: UserModule, what: string, cause?: unknown): FaultlineError {
  return new FaultlineError('BAD_PLAN', `the ${kind} ${path}: ${what}`, { path }, { cause });
}
