/** What tests of the ready programs need of a cluster. */
import type { Operation } from '@faultline/history';
import type { Body, FaultlineError, Json } from '@faultline/protocol';
import { TestCluster, until } from './cluster.ts';

type Answer = Readonly<Record<string, unknown>>;

interface ProgramCluster extends AsyncDisposable {
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
    (await cluster.client.call(node, body, { timeout: '1s' })).body;
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

interface Asked {
  readonly f: string;
  readonly key?: string;
  readonly body: Body;
  /** Of operations whose answer says something. */
  readonly output?: (answer: Answer) => unknown;
}

interface RecordedLoad {
  /** Waits until so many more operations were answered. */
  answered(count: number): Promise<void>;
  /** Whom nobody asks from now on, since they would only wait for what does not come. */
  leaveOut(...nodes: readonly string[]): void;
  /** Stops asking, and resolves to what was recorded. */
  end(): Promise<Operation[]>;
}

/** Clients that ask one node after the other, each waiting for its answer. */
export function recordLoad(
  program: ProgramCluster,
  clients: number,
  nodes: readonly string[],
  next: (n: number) => Asked,
): RecordedLoad {
  const operations: Operation[] = [];
  let asked = nodes;
  let isOver = false;
  let count = 0;
  let answers = 0;

  const loop = async (process: string): Promise<void> => {
    while (!isOver) {
      const index = count++;
      const node = asked[index % asked.length]!;
      const { f, key = 'x', body, output } = next(index);
      const { type: _, key: __, ...fields } = body;
      const input = (fields.value ?? fields) as Json;
      const invokedMs = performance.now();
      const invoked = { index, process, f, key, input, node, invokedMs };
      // An operation that never ends is recorded too.
      operations[index] = { ...invoked, type: 'info', endedMs: null };
      try {
        const answer = await program.ask(node, body);
        const endedMs = performance.now();
        const out = (output?.(answer) ?? null) as Json;
        operations[index] = { ...invoked, type: 'ok', output: out, endedMs };
        answers++;
      } catch (error) {
        const { facts = {}, message } = error as FaultlineError;
        if (facts.isDefinite === true) {
          const endedMs = performance.now();
          const code = Number(facts.errorCode);
          operations[index] = { ...invoked, type: 'fail', endedMs, error: { code, text: message } };
        } else {
          // Its operation may still take effect, so who goes on is somebody else.
          process = `${process}'`;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  };
  const loops = Array.from({ length: clients }, (_, i) => loop(`c${i}`));
  return {
    async answered(more) {
      const goal = answers + more;
      await until(() => answers >= goal, `${more} more operations are answered`);
    },
    leaveOut(...left) {
      asked = nodes.filter((node) => !left.includes(node));
    },
    async end() {
      isOver = true;
      await Promise.all(loops);
      return operations;
    },
  };
}
