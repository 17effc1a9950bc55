/**
 * Where a node is to crash: `sends append_entries`, `receives vote*`, `before sync`, `after sync log`.
 * A type with a star at its end stands for every type that begins so; a sync without a file is that of
 * any.
 */
import { Scanner } from './scanner.ts';

export type CrashPoint =
  /** Before the message leaves; or once it has come in, before any handler runs. */
  | { readonly at: 'sends' | 'receives'; readonly type: string }
  /** Before anything of it is written; or once it is on the medium, before the program knows. */
  | { readonly at: 'before sync' | 'after sync'; readonly file: string | null };

const form = "a point: 'sends TYPE', 'receives TYPE', 'before sync' or 'after sync'";

/** Throws BAD_REQUEST. */
export function parseCrashPoint(text: string): CrashPoint {
  const scanner = new Scanner(text, 'BAD_REQUEST');
  scanner.spaces();
  const start = scanner.at;
  const verb = scanner.run(/\w+/y);
  scanner.spaces();
  if (verb === 'sends' || verb === 'receives') {
    const type = scanner.run(/\S+/y);
    if (type === '') throw scanner.expected('the type of a message', { after: verb });
    if (/\*./.test(type)) {
      throw scanner.expected('a star at the end of a type only', { at: start, after: verb });
    }
    scanner.end(type);
    return { at: verb, type };
  }
  if (verb !== 'before' && verb !== 'after') throw scanner.expected(form, { at: start });
  if (scanner.run(/\w+/y) !== 'sync') throw scanner.expected('sync', { after: verb });
  scanner.spaces();
  const file = scanner.run(/[A-Za-z0-9._-]+/y);
  scanner.end(file === '' ? 'sync' : file);
  return { at: `${verb} sync`, file: file === '' ? null : file };
}

export function formatCrashPoint(point: CrashPoint): string {
  if ('type' in point) return `${point.at} ${point.type}`;
  return point.file === null ? point.at : `${point.at} ${point.file}`;
}
