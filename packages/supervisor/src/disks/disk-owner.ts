/**
 * The program that owns a node's disk. The supervisor stores it next to the disk, in `nodes/<id>.json`, so
 * that a later run does not give one program the files of another.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DiskOwner {
  /** A ready program's name, the path of a file, or the words of a command. */
  readonly identity: string;
  /** The program as the user named it. */
  readonly label: string;
  readonly settings: Readonly<Record<string, string>>;
}

export interface FoundDisk {
  readonly node: string;
  /** Undefined if it is not recorded. */
  readonly owner: DiskOwner | undefined;
}

/** The path of a disk's owner file; no node has such a name. */
const ownerPath = (nodesDir: string, node: string): string => join(nodesDir, `${node}.json`);

/** The disks that have files, in the order of nodes. Throws errors of the file system. */
export function findDisks(nodesDir: string): FoundDisk[] {
  const names = entriesOf(nodesDir).filter((entry) => entry.isDirectory());
  return names
    .map(({ name }) => name)
    .filter((name) => entriesOf(join(nodesDir, name)).length > 0)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((node) => ({ node, owner: readOwner(nodesDir, node) }));
}

/** Replaces the file atomically, and only if its content changes. */
export function writeOwner(nodesDir: string, node: string, owner: DiskOwner): void {
  const path = ownerPath(nodesDir, node);
  const before = readOwner(nodesDir, node);
  if (before !== undefined && before.label === owner.label && isSameOwner(before, owner)) return;
  mkdirSync(nodesDir, { recursive: true, mode: 0o700 });
  const next = `${path}.next`;
  rmSync(next, { force: true });
  writeFileSync(next, `${JSON.stringify(owner, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(next, path);
}

export function removeOwner(nodesDir: string, node: string): void {
  rmSync(ownerPath(nodesDir, node), { force: true });
}

/** Ignores the log level, which does not change a program's data. */
export function isSameOwner(a: DiskOwner, b: DiskOwner): boolean {
  const settingsOf = ({ settings: { logLevel: _, ...settings } }: DiskOwner): string =>
    JSON.stringify(Object.entries(settings).sort());
  return a.identity === b.identity && settingsOf(a) === settingsOf(b);
}

function readOwner(nodesDir: string, node: string): DiskOwner | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(ownerPath(nodesDir, node), 'utf8'));
    return isOwner(owner) ? owner : undefined;
  } catch {
    return undefined;
  }
}

function isOwner(value: unknown): value is DiskOwner {
  return (
    typeof value === 'object' &&
    value !== null &&
    'identity' in value &&
    typeof value.identity === 'string' &&
    'label' in value &&
    typeof value.label === 'string' &&
    'settings' in value &&
    typeof value.settings === 'object' &&
    value.settings !== null &&
    Object.values(value.settings).every((each) => typeof each === 'string')
  );
}

function entriesOf(dir: string) {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
