/** What tests of the ready programs need of a cluster. */
import type { Body } from '@faultline/protocol';
import { TestCluster, until } from './cluster.ts';

type Answer = Readonly<Record<string, unknown>>;

export interface ProgramCluster extends AsyncDisposable {
  readonly cluster: TestCluster;
  /** The answer's fields; rejects with what the node or the call said. */
  ask(node: string, body: Body): Promise<Answer>;
  /** Asks until the answer is as wanted. */
  awaits(node: string, body: Body, isWanted: (answer: Answer) => boolean): Promise<void>;
}

export async function upProgram(
  program: string,
  nodes: number,
  ...args: string[]
): Promise<ProgramCluster> {
  const cluster = await TestCluster.up([
    ...['--nodes', String(nodes), '--program', program, '--seed', program, ...args],
  ]);
  const ask: ProgramCluster['ask'] = async (node, body) =>
    (await cluster.client.call(node, body)).body;
  return {
    cluster,
    ask,
    async awaits(node, body, isWanted) {
      await until(
        () => ask(node, body).then(isWanted, () => false),
        `${node} answers ${JSON.stringify(body)} as wanted`,
      );
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
