/**
 * What a node's process suffers from within: it hangs, it leaks memory.
 * Its host does it to itself; all of it ends with the process.
 */
import {
  type FromNode,
  formatDuration,
  type NodeFault,
  type RecordNodeEvent,
  type ToNode,
} from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';

export interface Leak {
  readonly bytes: number;
  readonly bytesPerSecond: number | null;
  /** As it was asked. */
  readonly explains: string;
}

export interface AilmentsOptions {
  readonly record: RecordNodeEvent;
  /** Throws NODE_NOT_RUNNING where nobody would hear it. */
  readonly tell: (message: ToNode) => void;
}

export class Ailments {
  readonly #options: AilmentsOptions;
  #hangsUntilMs: number | null = null;
  #leak: (Leak & { heldBytes: number | null }) | null = null;

  constructor(options: AilmentsOptions) {
    this.#options = options;
  }

  get isHanging(): boolean {
    return this.#hangsUntilMs !== null;
  }

  hang(forMs: number): void {
    this.#options.tell({ to: 'hang', forMs });
    this.#hangsUntilMs = trueNowMs() + forMs;
    this.#options.record('node.hanging', { forMs });
  }

  /** Null: all of it is freed. */
  leak(leak: Leak | null): void {
    const { tell, record } = this.#options;
    if (leak === null && this.#leak === null) return;
    tell({ to: 'leak', bytes: leak?.bytes ?? 0, bytesPerSecond: leak?.bytesPerSecond ?? null });
    this.#leak = leak === null ? null : { ...leak, heldBytes: null };
    if (leak === null) record('memory.freed', {});
    else record('memory.leaking', { bytes: leak.bytes, explains: leak.explains });
  }

  receive(report: Extract<FromNode, { from: 'hung' | 'leaked' }>): void {
    const { record } = this.#options;
    if (report.from === 'hung') {
      if (this.#hangsUntilMs === null) return;
      this.#hangsUntilMs = null;
      record('node.hung', { forMs: report.forMs });
    } else {
      if (this.#leak === null) return;
      this.#leak.heldBytes = report.bytes;
      record('memory.leaked', { bytes: report.bytes });
    }
  }

  /** The process has ended, and all of it with it. */
  ended(): void {
    this.#hangsUntilMs = null;
    this.#leak = null;
  }

  status(): NodeFault[] {
    const faults: NodeFault[] = [];
    if (this.#hangsUntilMs !== null) {
      const endsInMs = Math.max(0, Math.round(this.#hangsUntilMs - trueNowMs()));
      const explains = `hangs for another ${formatDuration(endsInMs)}`;
      faults.push({ kind: 'hang', explains, endsInMs, facts: {} });
    }
    if (this.#leak !== null) {
      const { bytes, bytesPerSecond, heldBytes, explains } = this.#leak;
      const facts = { bytes, bytesPerSecond, heldBytes };
      faults.push({ kind: 'leak', explains, endsInMs: null, facts });
    }
    return faults;
  }
}
