/**
 * Which nodes are meant: selectors against the nodes and clients that there are, and what they may
 * name beside ids: who leads, and who is drawn by lot. A draw is a function of the seed and of how many
 * there were before it, so the same commands pick the same nodes.
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
  /** Nodes that say they lead, in the order in which they said so. */
  readonly #leaders = new Set<string>();
  #draws = 0;

  /** `nodes` and `clients` are read anew each time. */
  constructor(seed: string, nodes: ReadonlyMap<string, NodeProcess>, clients: ReadonlySet<string>) {
    this.#key = deriveKey(seed, 'selectors', '', '');
    this.#nodes = nodes;
    this.#clients = clients;
  }

  /** The nodes that are meant. Throws BAD_SELECTOR, NODE_UNKNOWN. */
  nodes(selector: string): NodeProcess[] {
    return resolveNodes(parseNodes(selector), this.context()).map((id) => {
      const node = this.#nodes.get(id);
      if (node === undefined) {
        throw new FaultlineError('NODE_UNKNOWN', `${id} is a client; this is about nodes`, {
          node: id,
        });
      }
      return node;
    });
  }

  /** The node that a call goes to. Throws BAD_SELECTOR where it names several, and as `nodes` does. */
  oneNode(selector: string): string {
    const nodes = this.nodes(selector);
    if (nodes.length === 1) return nodes[0]!.id;
    throw new FaultlineError(
      'BAD_SELECTOR',
      `a call goes to one node; ${selector} names ${nodes.length}`,
      { selector },
    );
  }

  /** How many nodes are named, without drawing any. */
  countOf(selector: string): number {
    const context = {
      ...this.context(),
      pick: (count: number, from: readonly string[]) => from.slice(0, count),
    };
    return resolveNodes(parseNodes(selector), context).length;
  }

  /** What is refused has drawn nothing: the next `random:1` is the same as without it. */
  drawing<T>(act: () => T): T {
    const draws = this.#draws;
    try {
      return act();
    } catch (error) {
      this.#draws = draws;
      throw error;
    }
  }

  /** What is only tried draws for itself: `random:1` is somebody else when it is meant. */
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
      // The one that calls where nobody says which: there is no cluster without it.
      clients: [...new Set(['c1', timeServer, ...this.#clients])],
      leader: [...this.#leaders].at(-1),
      pick: (count, among) => this.#pick(count, among),
    };
  }

  leads(id: string): void {
    this.#leaders.add(id);
  }

  /** It does not lead, or there is no such node any more. */
  follows(id: string): void {
    this.#leaders.delete(id);
  }

  /** Draws without putting back; the same seed and the same n-th draw pick the same. */
  #pick(count: number, among: readonly string[]): string[] {
    const left = [...among];
    const draw = ++this.#draws;
    return Array.from({ length: Math.min(count, left.length) }, (_, i) => {
      const at = Math.floor(uniform(this.#key, draw, i) * left.length);
      return left.splice(at, 1)[0]!;
    });
  }
}
