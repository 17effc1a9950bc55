/** Which disks of an earlier run a start accepts. The disks are folders; nothing runs. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DiskOwner, removeOwner, writeOwner } from '../../src/disks/disk-owner.ts';
import { type DiskPolicy, keepDisks } from '../../src/supervise/kept-disks.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-disks-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const kv: DiskOwner = { identity: 'kv', label: 'kv', settings: {} };
const hybrid: DiskOwner = { ...kv, settings: { order: 'hybrid' } };
const counter: DiskOwner = { identity: 'counter', label: 'counter', settings: {} };

/** Calls `keepDisks` for a cluster in which every node runs `wanted`. */
const keep = (nodesDir: string, policy: DiskPolicy, wanted: DiskOwner) =>
  keepDisks(nodesDir, policy, () => wanted);

function disk(node: string, owner: DiskOwner | undefined, files: readonly string[]): void {
  mkdirSync(join(dir, node), { recursive: true });
  for (const file of files) writeFileSync(join(dir, node, file), '');
  if (owner !== undefined) writeOwner(dir, node, owner);
}

test('a first start finds no disks, and neither does one after a program that wrote nothing', () => {
  expect(keep(join(dir, 'absent'), 'own', kv)).toBeNull();
  disk('n1', counter, []);
  expect(keep(dir, 'own', kv)).toBeNull();
});

test('disks of the same program are kept and named, in the order of the nodes', () => {
  for (const node of ['n10', 'n2', 'n1']) disk(node, kv, ['entries']);
  const kept = { nodes: ['n1', 'n2', 'n10'], programs: ['kv'] };
  expect(keep(dir, 'own', kv)).toEqual(kept);
  // Its log level does not change its data.
  expect(keep(dir, 'own', { ...kv, settings: { logLevel: 'debug' } })).toEqual(kept);
});

test.each([
  ['another program', counter, kv, /of n1 is from an earlier run of counter, not of kv:/],
  ['other settings', kv, hybrid, /from an earlier run of kv, not of kv \(order=hybrid\):/],
  ['no settings', hybrid, kv, /from an earlier run of kv \(order=hybrid\), not of kv:/],
  ['a program that the disk does not name', undefined, kv, /an unknown program/],
] as const)('a disk of %s is refused unless it is to be kept or wiped', (_, of, wanted, says) => {
  disk('n1', of, ['records']);
  expect(() => keep(dir, 'own', wanted)).toThrow(says);
  expect(() => keep(dir, 'own', wanted)).toThrow(
    expect.objectContaining({ code: 'DISK_MISMATCH' }),
  );
  expect(() => keep(dir, 'own', wanted)).toThrow(/--wipe.*--keep-disks/);
  expect(keep(dir, 'keep', wanted)).toMatchObject({ nodes: ['n1'] });
  expect(keep(dir, 'wipe', wanted)).toBeNull();
});

test('one disk of another program among matching ones is found, even of a node that is not started', () => {
  disk('n1', kv, ['entries']);
  disk('n6', counter, ['records']);
  expect(() => keep(dir, 'own', kv)).toThrow(/the disk of n6 is from an earlier run of counter/);
});

test('each disk is compared with the program that its own node is to run', () => {
  disk('n1', kv, ['entries']);
  disk('n2', counter, ['records']);
  const mixed = (node: string) => (node === 'n2' ? counter : kv);
  expect(keepDisks(dir, 'own', mixed)).toEqual({
    nodes: ['n1', 'n2'],
    programs: ['kv', 'counter'],
  });
  expect(() => keepDisks(dir, 'own', (node) => (node === 'n1' ? counter : kv))).toThrow(
    /of n1, n2 are from an earlier run of kv and counter, not of counter and kv:/,
  );
});

test('the owner of a disk is the latest program, and is removed with the disk', () => {
  disk('n1', counter, ['records']);
  writeOwner(dir, 'n1', kv);
  expect(keep(dir, 'own', kv)).toEqual({ nodes: ['n1'], programs: ['kv'] });
  removeOwner(dir, 'n1');
  expect(() => keep(dir, 'own', kv)).toThrow(/an unknown program/);
});

test('an owner is never written through a symbolic link in its place', () => {
  disk('n1', undefined, ['records']);
  const elsewhere = join(dir, 'elsewhere.txt');
  writeFileSync(elsewhere, 'mine');
  symlinkSync(elsewhere, join(dir, 'n1.json.next'));
  writeOwner(dir, 'n1', kv);
  expect(readdirSync(dir).sort()).toEqual(['elsewhere.txt', 'n1', 'n1.json']);
  expect(keep(dir, 'own', kv)).toEqual({ nodes: ['n1'], programs: ['kv'] });
});
