/**
 * What may be done to nodes. The name may be any selector, `n3`, `leader`, `random:2`, and is looked up
 * each time something is asked: what undoes a fault is about the nodes that were meant then.
 */
import { type NodeVerbName, nodeVerbs, type OptionsOf } from '@faultline/actions';
import type { Request } from '@faultline/experiment';
import type { Action, Done } from '@faultline/plans';
import { type CallResult, FaultlineError, type NodeStatus } from '@faultline/protocol';
import type { Cluster } from '@faultline/supervisor';
import type { ActionDeed } from '../replay/deeds.ts';
import { TestClock } from './clock.ts';
import { TestDisk } from './disk.ts';
import { type Fault, type FaultParts, makeFault } from './fault.ts';
import { withNodeMethods } from './node-methods.ts';

export interface CallOptions {
  /** How long to wait for the answer; default 2s. */
  readonly timeout?: string;
  /** Who asks, such as `c7`; one that is not busy where left out. */
  readonly client?: string;
}

/** What a node asks of the cluster it belongs to. */
export interface NodeParts {
  readonly selector: string;
  /** Waits for what is being undone, then looks. */
  readonly look: <T>(what: (cluster: Cluster) => Promise<T>) => Promise<T>;
  /** Waits for what is being undone, then acts. */
  readonly act: (
    action: Action,
    what: (cluster: Cluster) => Promise<readonly NodeStatus[]>,
  ) => Promise<{ readonly value: readonly NodeStatus[]; readonly deed: ActionDeed }>;
  /** Takes back at once what an action did: what undoes something does not wait for itself. */
  readonly undo: (deed: ActionDeed, done: Done) => Promise<void>;
  readonly call: (selector: string, body: Request, options?: CallOptions) => Promise<CallResult>;
  readonly onUndoing: FaultParts['onUndoing'];
}

export class TestNode extends withNodeMethods() {
  readonly selector: string;
  readonly clock: TestClock;
  readonly disk: TestDisk;
  readonly #parts: NodeParts;

  constructor(parts: NodeParts) {
    super();
    this.#parts = parts;
    this.selector = parts.selector;
    this.clock = new TestClock((change) => this.#lasting('clock', change));
    this.disk = new TestDisk((change) => this.#lasting('disk', change));
  }

  /** How it is now. Throws BAD_SELECTOR where the name means several nodes. */
  async status(): Promise<NodeStatus> {
    const [status, ...more] = await this.#parts.look((cluster) => cluster.select(this.selector));
    if (status !== undefined && more.length === 0) return status;
    throw new FaultlineError(
      'BAD_SELECTOR',
      `one node has a status; ${this.selector} means ${more.length + 1}`,
      { selector: this.selector },
    );
  }

  /** Asks it as a client, through the router. Rejects with CALL_UNKNOWN, CALL_REFUSED, ROUTER_DOWN. */
  call(body: Request, options?: CallOptions): Promise<CallResult> {
    return this.#parts.call(this.selector, body, options);
  }

  /** Performs a verb; `node.pause()` is `node.perform('pause', {})`. */
  async perform<Verb extends NodeVerbName>(
    name: Verb,
    options: OptionsOf<Verb>,
  ): Promise<Fault | undefined> {
    if (nodeVerbs[name].lasts) return this.#lasting(name, options);
    await this.#parts.act({ [name]: this.selector, ...options }, (cluster) =>
      cluster.perform(name, this.selector, options),
    );
    return undefined;
  }

  #lasting<Verb extends NodeVerbName>(name: Verb, options: OptionsOf<Verb>): Promise<Fault> {
    const what = nodeVerbs[name].describe?.(options) ?? '';
    return this.#fault({ [name]: this.selector, ...options }, what, (cluster) =>
      cluster.perform(name, this.selector, options),
    );
  }

  async #fault(
    action: Action,
    what: string,
    make: (cluster: Cluster) => Promise<readonly NodeStatus[]>,
  ): Promise<Fault> {
    const { act, undo, onUndoing } = this.#parts;
    const { value, deed } = await act(action, make);
    const nodes = value.map(({ id }) => id);
    return makeFault({
      what: `${nodes.join(', ')} ${what}`,
      nodes,
      undo: () => undo(deed, { nodes, rules: [] }),
      onUndoing,
    });
  }
}
