/**
 * The entry point of a process or a thread. It runs the files of a bundle from V8's compiled code of an
 * earlier start: parsing and compiling them again is a large part of the cost of a start.
 *
 * The compiled code of a file is stored when the process exits, or soon after it has started: by then, the
 * functions that a start needs are compiled. If it is missing, broken or of another V8 version, the
 * file's text is compiled.
 *
 *   <file>.js                       a file of the bundle: one function
 *   <file>.js.<version>-<machine>   its compiled code, next to the file or in the folder `__keptDir`
 */
import { isAscii } from 'node:buffer';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import type * as WorkerThreads from 'node:worker_threads';

/** Declared in front of this file if the folder of the bundle must not be written to. */
declare const __keptDir: string | undefined;
const keptDir = typeof __keptDir === 'string' ? __keptDir : __dirname;

/** For a process; a thread may soon be ended by its process, so it stores at once. */
const keepAfterMs = 1000;
/** A node's clock replaces the global timers. */
const realSetTimeout = setTimeout;

const sumBytes = 4;
const requireHere = createRequire(__filename);

const loaded = new Map<string, unknown>();
const unstored: { readonly script: Script; readonly keptPath: string }[] = [];
let timer: NodeJS.Timeout;

/** `name`: as files of the bundle import each other. */
function load(name: string): unknown {
  if (loaded.has(name)) return loaded.get(name);
  const path = join(__dirname, name.replace(/mjs$/, 'js'));
  const module = { exports: {} };
  compiled(path).runInThisContext()(module, requireAny, importAny, pathToFileURL(path).href);
  loaded.set(name, module.exports);
  return module.exports;
}

const isBundleFile = /^\.\/[\w-]+\.mjs$/;
const importAny = async (name: string): Promise<unknown> =>
  isBundleFile.test(name) ? load(name) : import(name);
const requireAny = Object.assign(
  (name: string): unknown => (isBundleFile.test(name) ? load(name) : requireHere(name)),
  requireHere,
);

function compiled(path: string): Script {
  const keptPath = join(keptDir, `${basename(path)}.${process.version}-${process.arch}`);
  const cachedData = readKept(keptPath);
  const text = readFileSync(path);
  const script = new Script(text.toString(isAscii(text) ? 'latin1' : 'utf8'), {
    filename: path,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  if (script.cachedDataRejected === false) return script;
  if (unstored.push({ script, keptPath }) === 1) {
    const { isMainThread } = requireHere('node:worker_threads') as typeof WorkerThreads;
    timer = realSetTimeout(keep, isMainThread ? keepAfterMs : 0).unref();
    process.once('exit', keep);
  }
  return script;
}

function keep(): void {
  clearTimeout(timer);
  process.off('exit', keep);
  for (const { script, keptPath } of unstored.splice(0)) {
    // Only one of several processes that start at the same time writes it. Replace code that V8 has rejected.
    if (readKept(keptPath) === undefined || script.cachedDataRejected) {
      writeKept(keptPath, script.createCachedData());
    }
  }
}

/** Undefined if it is missing or broken: V8 does not check it, and broken code would crash the process. */
function readKept(path: string): Buffer | undefined {
  try {
    const kept = readFileSync(path);
    const data = kept.subarray(0, -sumBytes);
    return sumOf(data) === kept.readInt32LE(data.length) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the file atomically. If it cannot be written, starts only take longer. */
function writeKept(path: string, data: Buffer): void {
  const temporary = `${path}.${process.pid}-${process.hrtime.bigint()}`;
  const sum = Buffer.alloc(sumBytes);
  sum.writeInt32LE(sumOf(data));
  try {
    mkdirSync(keptDir, { recursive: true, mode: 0o700 });
    writeFileSync(temporary, Buffer.concat([data, sum]), { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    remove(temporary);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder is not one, or not ours.
  }
}

function sumOf({ buffer, byteOffset, length }: Buffer): number {
  const words = new Int32Array(buffer, byteOffset, length >> 2);
  let sum = length;
  // By index: in a process that has just started, `of` is much slower.
  for (let at = 0; at < words.length; at++) sum = (Math.imul(sum, 31) + words[at]!) | 0;
  return sum;
}

load(`./${basename(__filename).replace(/cjs$/, 'mjs')}`);
