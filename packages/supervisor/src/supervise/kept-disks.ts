/** Disks left by an earlier run: a start keeps those of the same program, and refuses others. */
import { FaultlineError, formatProgram, type KeptDisks } from '@faultline/protocol';
import { type DiskOwner, type FoundDisk, findDisks, isSameOwner } from '../disks/disk-owner.ts';
import { onDisk } from '../state/disk-errors.ts';

/** `own`: keep disks of the same program and settings. `keep`: keep all. `wipe`: start with empty ones. */
export type DiskPolicy = 'own' | 'keep' | 'wipe';

const unknownProgram = 'an unknown program';

/**
 * `ownerOf` returns what each node will run. Null: every node starts with an empty disk. Throws
 * DISK_MISMATCH without changing anything.
 */
export function keepDisks(
  nodesDir: string,
  policy: DiskPolicy,
  ownerOf: (node: string) => DiskOwner,
): KeptDisks | null {
  if (policy === 'wipe') return null;
  const found = onDisk(`read the disks in ${nodesDir}`, () => findDisks(nodesDir));
  if (found.length === 0) return null;
  if (policy === 'own') requireOwn(found, ownerOf);
  return { nodes: found.map(({ node }) => node), programs: programsOf(found) };
}

function requireOwn(found: readonly FoundDisk[], ownerOf: (node: string) => DiskOwner): void {
  const others = found.filter(
    ({ node, owner }) => owner === undefined || !isSameOwner(owner, ownerOf(node)),
  );
  if (others.length === 0) return;
  const nodes = others.map(({ node }) => node);
  const programs = programsOf(others);
  const program = programsOf(nodes.map((node) => ({ node, owner: ownerOf(node) }))).join(' and ');
  const disks = nodes.length === 1 ? `the disk of ${nodes[0]}` : `the disks of ${nodes.join(', ')}`;
  throw new FaultlineError(
    'DISK_MISMATCH',
    `${disks} ${nodes.length === 1 ? 'is' : 'are'} from an earlier run of ${programs.join(' and ')}, not of ${program}: start with empty disks (--wipe), or run ${program} on these (--keep-disks)`,
    { nodes, programs, program },
  );
}

const programsOf = (found: readonly FoundDisk[]): string[] => [
  ...new Set(
    found.map(({ owner }) =>
      owner === undefined ? unknownProgram : formatProgram(owner.label, owner.settings),
    ),
  ),
];
