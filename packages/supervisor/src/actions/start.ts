/** A new incarnation of each node, with the program and the disk that were asked for. */
import type { AskedOf } from '@faultline/actions';
import type { NodeProcess } from '../nodes/node-process.ts';
import type { ProgramSource } from '../programs/program.ts';
import type { ClusterParts, PreparedPerformer } from './perform.ts';

export interface ReadyToStart {
  readonly wipe: boolean;
  /** Null: the program that the node ran before. */
  readonly program: ProgramSource | null;
}

export const start: PreparedPerformer<AskedOf<'start'>, ReadyToStart> = {
  prepare: prepareStart,
  perform: startNode,
};

/** A program that cannot be run is found out before anything is touched. */
export async function prepareStart(
  { wipe, program }: AskedOf<'start'>,
  { loadProgram }: ClusterParts,
): Promise<ReadyToStart> {
  return { wipe, program: program === null ? null : await loadProgram(program) };
}

/** Resolves when the start has come to an end: ready, crashed, or not ready in time. */
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
