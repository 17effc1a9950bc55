/** Faults that are inside a node's process: its host brings them about, and all of them end with the process. */
import type { Facts, NodeFault } from '@faultline/protocol';

export interface ProcessFault {
  /** Why the event loop does not answer, of a fault that blocks it. */
  readonly whySlow?: string;
  /** As the node's status shows it. */
  status(): Omit<NodeFault, 'kind'>;
  /** What the node's host reports of it. */
  receive(facts: Facts): void;
}

export class ProcessFaults {
  readonly #faults = new Map<string, ProcessFault>();

  /** Takes the place of an earlier one of this kind, which is the name of its verb. */
  begin(kind: string, fault: ProcessFault): void {
    this.#faults.set(kind, fault);
  }

  /** The one of this kind that was made by this class. */
  find<Fault extends ProcessFault>(
    kind: string,
    type: new (...given: never[]) => Fault,
  ): Fault | undefined {
    const fault = this.#faults.get(kind);
    return fault instanceof type ? fault : undefined;
  }

  end(kind: string): void {
    this.#faults.delete(kind);
  }

  /** Of a fault that is over, nothing is wanted any more. */
  receive(kind: string, facts: Facts): void {
    this.#faults.get(kind)?.receive(facts);
  }

  /** Why the event loop does not answer. Undefined: none of these faults is the reason. */
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
