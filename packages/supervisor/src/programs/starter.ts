/**
 * What a process or a thread runs first. It runs the files of a bundle from what V8 made of them at an
 * earlier start: parsing and compiling them again is a good part of what a start costs.
 *
 * What V8 made of a file is written down when the process ends, or soon after it has started: by then the
 * functions that a start needs are compiled. Where it is missing, broken or of another V8, the file's text
 * is compiled.
 *
 *   <file>.js                       a file of the bundle: one function
 *   <file>.js.<version>-<machine>   what V8 made of it
 */
import { isAscii } from 'node:buffer';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import type * as WorkerThreads from 'node:worker_threads';

/** In a process; a thread is soon ended by the process that started it. */
const keepAfterMs = 1000;
/** A node's clock takes the place of the global one. */
const later = setTimeout;

const sumBytes = 4;
const requireHere = createRequire(__filename);

const loaded = new Map<string, unknown>();
const unkept: { readonly script: Script; readonly keptPath: string }[] = [];
let timer: NodeJS.Timeout;

/** Takes the name by which files of the bundle import each other. */
function load(name: string): unknown {
  if (loaded.has(name)) return loaded.get(name);
  const path = join(__dirname, name.replace(/mjs$/, 'js'));
  const module = { exports: {} };
  compiled(path).runInThisContext()(module, requireAny, importAny, pathToFileURL(path).href);
  loaded.set(name, module.exports);
  return module.exports;
}

const isOurs = /^\.\/[\w-]+\.mjs$/;
const importAny = async (name: string): Promise<unknown> =>
  isOurs.test(name) ? load(name) : import(name);
const requireAny = Object.assign(
  (name: string): unknown => (isOurs.test(name) ? load(name) : requireHere(name)),
  requireHere,
);

function compiled(path: string): Script {
  const keptPath = `${path}.${process.version}-${process.arch}`;
  const cachedData = readKept(keptPath);
  const text = readFileSync(path);
  const script = new Script(text.toString(isAscii(text) ? 'latin1' : 'utf8'), {
    filename: path,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  if (script.cachedDataRejected === false) return script;
  if (unkept.push({ script, keptPath }) === 1) {
    const { isMainThread } = requireHere('node:worker_threads') as typeof WorkerThreads;
    timer = later(keep, isMainThread ? keepAfterMs : 0).unref();
    process.once('exit', keep);
  }
  return script;
}

function keep(): void {
  clearTimeout(timer);
  process.off('exit', keep);
  for (const { script, keptPath } of unkept.splice(0)) {
    // Of several processes that start at the same time, one writes it. What V8 has refused it may refuse again.
    if (readKept(keptPath) === undefined || script.cachedDataRejected) {
      writeKept(keptPath, script.createCachedData());
    }
  }
}

/** Undefined where it is missing or broken: V8 does not look, and what is broken would kill the process. */
function readKept(path: string): Buffer | undefined {
  try {
    const kept = readFileSync(path);
    const data = kept.subarray(0, -sumBytes);
    return sumOf(data) === kept.readInt32LE(data.length) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** What reads it meanwhile sees nothing or all of it. Where it cannot be written, starts take longer, and no more. */
function writeKept(path: string, data: Buffer): void {
  const temporary = `${path}.${process.pid}-${process.hrtime.bigint()}`;
  const sum = Buffer.alloc(sumBytes);
  sum.writeInt32LE(sumOf(data));
  try {
    writeFileSync(temporary, Buffer.concat([data, sum]), { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
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
