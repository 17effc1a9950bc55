/** Nodes that become members, each with an empty disk. A name is given once in a run. */
import { FaultlineError, nodesMax, parseNewNodes } from '@faultline/protocol';
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';
import { newNodes, program } from '../texts.ts';
import { type ProgramWords, programSchema } from './start-options.ts';

export interface Addition {
  /** Null: the next names. */
  readonly names: readonly string[] | null;
  readonly count: number;
  /** Null: what the cluster was started with. */
  readonly program: ProgramWords | null;
}

export const add = clusterVerb({
  name: 'add',
  summary: 'add nodes to the cluster',
  route: { method: 'POST', path: '/v1/nodes' },
  options: Type.Object(
    {
      count: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: nodesMax,
          description: 'how many, under the next names',
        }),
      ),
      nodes: Type.Optional(
        Type.String({
          description: 'or which: n6,n7; one that was there before in this run is not used again',
          examples: ['n6', 'n6,n7'],
        }),
      ),
      program: Type.Optional(
        programSchema(
          'what they run (default: what the cluster was started with): a ready program, a file, or any executable as a list of words',
        ),
      ),
    },
    { additionalProperties: false },
  ),
  texts: { nodes: newNodes, program },
  answer: 'Affected',
  errors: ['BAD_SELECTOR', 'PROGRAM_NOT_FOUND', 'PROGRAM_INVALID', 'NODE_START_FAILED'],
  isFault: true,
  starts: true,
  undo: { verb: 'remove' },
  forms: {
    add: {
      summary: 'add nodes to the cluster',
      subject: {
        options: ['count', 'nodes'],
        argument: '[nodes]',
        description: 'how many (default: 1), or which: n6,n7',
        expected: `how many nodes, 1 to ${nodesMax}, or which, such as n6`,
      },
      options: ['program'],
      help: {
        examples: [
          'add',
          'add 3',
          'add n6 --program ./v2.ts',
          ['add n6 -- python3 node.py', 'any executable that joins $FAULTLINE_LINK'],
        ],
      },
    },
  },
  /** Throws BAD_REQUEST, BAD_SELECTOR. */
  read({ count, nodes, program: runs }): Addition {
    if (count !== undefined && nodes !== undefined) {
      throw new FaultlineError('BAD_REQUEST', 'say how many nodes or which, and not both');
    }
    const names = nodes === undefined ? null : parseNewNodes(nodes);
    return { names, count: names?.length ?? count ?? 1, program: runs ?? null };
  },
});
