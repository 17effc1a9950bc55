/** In-process faults of a node: its host injects them, and they end with the process. */
import type { Facts, NodeFault } from '@faultline/protocol';

export interface ProcessFault {
  /** Why the event loop does not answer, if this fault blocks it. */
  readonly whySlow?: string;
  /** The fault in the node's status. */
  status(): Omit<NodeFault, 'kind'>;
  /** Takes a report of the node's host about this fault. */
  receive(facts: Facts): void;
}

export class ProcessFaults {
  readonly #faults = new Map<string, ProcessFault>();

  /** Replaces an earlier fault of this kind. `kind`: the name of its verb. */
  begin(kind: string, fault: ProcessFault): void {
    this.#faults.set(kind, fault);
  }

  /** The fault of this kind if it is an instance of this class. */
  find<Fault extends ProcessFault>(
    kind: string,
    type: new (...args: never[]) => Fault,
  ): Fault | undefined {
    const fault = this.#faults.get(kind);
    return fault instanceof type ? fault : undefined;
  }

  end(kind: string): void {
    this.#faults.delete(kind);
  }

  /** Ignores reports about a fault that is over. */
  receive(kind: string, facts: Facts): void {
    this.#faults.get(kind)?.receive(facts);
  }

  /** Why the event loop does not answer. Undefined: none of these faults blocks it. */
  get whySlow(): string | undefined {
    return [...this.#faults.values()].find((fault) => fault.whySlow !== undefined)?.whySlow;
  }

  /** The process has ended. */
  ended(): void {
    this.#faults.clear();
  }

  status(): NodeFault[] {
    return [...this.#faults].map(([kind, fault]) => ({ kind, ...fault.status() }));
  }
}
