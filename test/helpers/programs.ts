/** Helpers for tests of the ready programs. */
import type { Operation } from '@faultline/history';
import type { Body, FaultlineError, Json } from '@faultline/protocol';
import { TestCluster, until } from './cluster.ts';

type Answer = Readonly<Record<string, unknown>>;

interface ProgramCluster extends AsyncDisposable {
  readonly cluster: TestCluster;
  /** The fields of the reply; rejects with the error of the node or the call. */
  ask(node: string, body: Body): Promise<Answer>;
  /** Repeats a request until the reply is as expected. */
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

interface Request {
  readonly f: string;
  readonly key?: string;
  readonly body: Body;
  /** The output of the operation, if it has one. */
  readonly output?: (answer: Answer) => unknown;
}

interface RecordedLoad {
  /** Waits until this number of further operations got replies. */
  answered(count: number): Promise<void>;
  /** Excludes nodes from now on, because requests to them would only time out. */
  exclude(...nodes: readonly string[]): void;
  /** Stops the clients, and resolves to the recorded history. */
  end(): Promise<Operation[]>;
}

/** Clients that send requests to one node after the other, each waiting for the reply. */
export function recordLoad(
  program: ProgramCluster,
  clients: number,
  nodes: readonly string[],
  next: (n: number) => Request,
): RecordedLoad {
  const operations: Operation[] = [];
  let targets = nodes;
  let isOver = false;
  let count = 0;
  let answers = 0;

  const loop = async (process: string): Promise<void> => {
    while (!isOver) {
      const index = count++;
      const node = targets[index % targets.length]!;
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
          // Its operation may still take effect, so a new client continues.
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
    exclude(...left) {
      targets = nodes.filter((node) => !left.includes(node));
    },
    async end() {
      isOver = true;
      await Promise.all(loops);
      return operations;
    },
  };
}
