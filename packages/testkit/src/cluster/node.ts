/**
 * Faults of nodes. The name may be any selector, `n3`, `leader`, `random:2`, and is resolved for each
 * operation. Undoing a fault affects the nodes that the fault affected.
 */
import { type NodeVerbName, nodeVerbs, type OptionsOf } from '@faultline/actions';
import type { Request } from '@faultline/experiment';
import type { Action, Done } from '@faultline/plans';
import { type CallResult, FaultlineError, type NodeStatus } from '@faultline/protocol';
import type { Cluster } from '@faultline/supervisor';
import type { RecordedAction } from '../replay/action-recorder.ts';
import { TestClock } from './clock.ts';
import { TestDisk } from './disk.ts';
import { type Fault, type FaultParts, makeFault } from './fault.ts';
import { withNodeMethods } from './node-methods.ts';

export interface CallOptions {
  /** How long to wait for the reply; default 2s. */
  readonly timeout?: string;
  /** The client that sends the request, such as `c7` (default: an idle one). */
  readonly client?: string;
}

/** What a node needs from its cluster. */
export interface NodeParts {
  readonly selector: string;
  /** Waits for pending undos, then reads. */
  readonly read: <T>(what: (cluster: Cluster) => Promise<T>) => Promise<T>;
  /** Waits for pending undos, then acts. */
  readonly act: (
    action: Action,
    what: (cluster: Cluster) => Promise<readonly NodeStatus[]>,
  ) => Promise<{ readonly value: readonly NodeStatus[]; readonly recorded: RecordedAction }>;
  /** Undoes an action at once, without waiting for pending undos: it may be one of them. */
  readonly undo: (recorded: RecordedAction, done: Done) => Promise<void>;
  readonly call: (selector: string, body: Request, options?: CallOptions) => Promise<CallResult>;
  readonly onUndo: FaultParts['onUndo'];
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

  /** The node's current status. Throws BAD_SELECTOR if the selector matches several nodes. */
  async status(): Promise<NodeStatus> {
    const [status, ...more] = await this.#parts.read((cluster) => cluster.select(this.selector));
    if (status !== undefined && more.length === 0) return status;
    throw new FaultlineError(
      'BAD_SELECTOR',
      `expected a selector of one node, got ${this.selector}, which matches ${more.length + 1} nodes`,
      { selector: this.selector },
    );
  }

  /** Sends a request as a client, through the router. Rejects with CALL_UNKNOWN, CALL_REFUSED, ROUTER_DOWN. */
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
    const { act, undo, onUndo } = this.#parts;
    const { value, recorded } = await act(action, make);
    const nodes = value.map(({ id }) => id);
    return makeFault({
      what: `${nodes.join(', ')} ${what}`,
      nodes,
      undo: () => undo(recorded, { nodes, rules: [] }),
      onUndo,
    });
  }
}
