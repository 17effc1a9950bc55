/** Adds nodes, each with an empty disk. A name is used only once in a run. */
import { FaultlineError, nodesMax, parseNewNodes } from '@faultline/protocol';
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';
import { newNodes, program } from '../texts.ts';
import { type ProgramWords, programSchema } from './start-options.ts';

export interface Addition {
  /** Null: the next names. */
  readonly names: readonly string[] | null;
  readonly count: number;
  /** Null: the program that the cluster was started with. */
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
          description: 'number of nodes; they get the next names',
        }),
      ),
      nodes: Type.Optional(
        Type.String({
          description: 'or their names: n6,n7; a name is used only once in a run',
          examples: ['n6', 'n6,n7'],
        }),
      ),
      program: Type.Optional(
        programSchema(
          'their program (default: the one that the cluster was started with): a ready program, a file, or any executable as a list of words',
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
        description: 'number of nodes (default: 1), or their names: n6,n7',
        expected: `a number of nodes from 1 to ${nodesMax}, or names such as n6`,
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
      throw new FaultlineError(
        'BAD_REQUEST',
        'expected a number of nodes or their names, not both',
      );
    }
    const names = nodes === undefined ? null : parseNewNodes(nodes);
    return { names, count: names?.length ?? count ?? 1, program: runs ?? null };
  },
});
