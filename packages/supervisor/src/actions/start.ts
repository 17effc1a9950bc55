/** Starts a new incarnation of each node, with the requested program and disk. */
import {
  isNodeVerb,
  type NodeVerb,
  type NodeVerbName,
  nodeVerbs,
  type RequestOf,
} from '@faultline/actions';
import { FaultlineError } from '@faultline/protocol';
import type { NodeProcess } from '../nodes/node-process.ts';
import type { ProgramSource } from '../programs/program.ts';
import type { ClusterParts, PreparedPerformer } from './perform.ts';

export interface ReadyToStart {
  readonly wipe: boolean;
  /** Null: the program that the node ran last. */
  readonly program: ProgramSource | null;
}

export const start: PreparedPerformer<RequestOf<'start'>, ReadyToStart> = {
  prepare: prepareStart,
  check: requireStartable,
  perform: startNode,
};

/** Loads the program before any node changes, so that an invalid program has no effect. */
export async function prepareStart(
  { wipe, program }: RequestOf<'start'>,
  { loadProgram }: ClusterParts,
): Promise<ReadyToStart> {
  return { wipe, program: program === null ? null : await loadProgram(program) };
}

/** A program without our SDK uses the machine's clock and cannot have in-process faults. Throws NODE_CANNOT. */
export function requireStartable(nodes: readonly NodeProcess[], { program }: ReadyToStart): void {
  for (const node of nodes) {
    if ((program ?? node.program).kind !== 'command') continue;
    const { id, clock, faults } = node.status();
    const faulty = faults.find(({ kind }) => isNodeVerb(kind) && needsSdk(kind));
    const hasMachineClock = clock.isPerfect && clock.weather === null;
    if (hasMachineClock && faulty === undefined) continue;
    const what = hasMachineClock ? `a fault (${faulty?.explains})` : 'its own clock';
    throw new FaultlineError(
      'NODE_CANNOT',
      `${id} has ${what}, which a program without our SDK cannot have: run heal --all or clock ${id} --reset first`,
      { node: id },
    );
  }
}

const needsSdk = (name: NodeVerbName): boolean => {
  const verb: NodeVerb = nodeVerbs[name];
  return verb.needsSdk !== undefined;
};

/** Resolves when the start has ended: ready, crashed, or not ready in time. */
export async function startNode(
  node: NodeProcess,
  { wipe, program }: ReadyToStart,
  { disks, requireUp }: ClusterParts,
): Promise<void> {
  requireUp();
  if (wipe) disks.wipe(node.id);
  if (program !== null) node.run(program);
  node.start();
  await node.settled;
}
