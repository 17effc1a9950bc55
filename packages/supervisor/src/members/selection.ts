/**
 * Resolves selectors to the current nodes and clients, including the leader and random nodes. A draw is
 * a function of the seed and the number of earlier draws, so the same commands pick the same nodes.
 */
import { deriveKey, uniform } from '@faultline/faults';
import {
  FaultlineError,
  parseNodes,
  resolveNodes,
  type SelectorContext,
  timeServer,
} from '@faultline/protocol';
import type { NodeProcess } from '../nodes/node-process.ts';

export class Selection {
  readonly #key: ReturnType<typeof deriveKey>;
  readonly #nodes: ReadonlyMap<string, NodeProcess>;
  readonly #clients: ReadonlySet<string>;
  /** Nodes that report the leader role, in the order of their reports. */
  readonly #leaders = new Set<string>();
  #draws = 0;

  /** `nodes` and `clients` are read again at each use. */
  constructor(seed: string, nodes: ReadonlyMap<string, NodeProcess>, clients: ReadonlySet<string>) {
    this.#key = deriveKey(seed, 'selectors', '', '');
    this.#nodes = nodes;
    this.#clients = clients;
  }

  /** The selected nodes. Throws BAD_SELECTOR, NODE_UNKNOWN. */
  nodes(selector: string): NodeProcess[] {
    return resolveNodes(parseNodes(selector), this.context()).map((id) => {
      const node = this.#nodes.get(id);
      if (node === undefined) {
        throw new FaultlineError('NODE_UNKNOWN', `${id} is a client: expected a node`, {
          node: id,
        });
      }
      return node;
    });
  }

  /** The target of a call. Throws BAD_SELECTOR if the selector names several nodes, and as `nodes` does. */
  oneNode(selector: string): string {
    const nodes = this.nodes(selector);
    if (nodes.length === 1) return nodes[0]!.id;
    throw new FaultlineError(
      'BAD_SELECTOR',
      `a call goes to one node; ${selector} names ${nodes.length}`,
      { selector },
    );
  }

  /** The number of selected nodes, without a draw. */
  countOf(selector: string): number {
    const context = {
      ...this.context(),
      pick: (count: number, from: readonly string[]) => from.slice(0, count),
    };
    return resolveNodes(parseNodes(selector), context).length;
  }

  /** Undoes the draws of an action that is refused: the next `random:1` is the same as without it. */
  drawing<T>(act: () => T): T {
    const draws = this.#draws;
    try {
      return act();
    } catch (error) {
      this.#draws = draws;
      throw error;
    }
  }

  /** Undoes the draws of a trial, such as a dry run. */
  trying<T>(act: () => T): T {
    const draws = this.#draws;
    try {
      return act();
    } finally {
      this.#draws = draws;
    }
  }

  context(): SelectorContext {
    return {
      nodes: [...this.#nodes.keys()],
      // `c1` is the default client of calls, so every cluster has it.
      clients: [...new Set(['c1', timeServer, ...this.#clients])],
      leader: [...this.#leaders].at(-1),
      pick: (count, among) => this.#pick(count, among),
    };
  }

  leads(id: string): void {
    this.#leaders.add(id);
  }

  /** The node no longer leads, or no longer exists. */
  follows(id: string): void {
    this.#leaders.delete(id);
  }

  /** Draws without replacement; the n-th draw with the same seed picks the same nodes. */
  #pick(count: number, among: readonly string[]): string[] {
    const left = [...among];
    const draw = ++this.#draws;
    return Array.from({ length: Math.min(count, left.length) }, (_, i) => {
      const at = Math.floor(uniform(this.#key, draw, i) * left.length);
      return left.splice(at, 1)[0]!;
    });
  }
}
