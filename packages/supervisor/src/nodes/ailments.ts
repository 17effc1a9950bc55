/**
 * What a node's process suffers from within: it hangs, it leaks memory, its descriptors have run out.
 * Its host does it to itself; all of it ends with the process.
 */
import {
  FaultlineError,
  type FromNode,
  formatDuration,
  type NodeFault,
  type RecordNodeEvent,
  type ToNode,
} from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import { lowerDescriptorLimit, setDescriptorLimit } from './descriptor-limit.ts';

export interface Leak {
  readonly bytes: number;
  readonly bytesPerSecond: number | null;
  /** As it was asked. */
  readonly explains: string;
}

export interface AilmentsOptions {
  readonly id: string;
  readonly record: RecordNodeEvent;
  /** Throws NODE_NOT_RUNNING where nobody would hear it. */
  readonly tell: (message: ToNode) => void;
}

/** So few that they cost nothing and are opened at once, where the limit can be lowered. */
const descriptorsLeft = 32;

export class Ailments {
  readonly #options: AilmentsOptions;
  #hangsUntilMs: number | null = null;
  #leak: (Leak & { heldBytes: number | null }) | null = null;
  #descriptors: { count: number | null; limitBefore: number | null } | null = null;

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

  /** `count` null: until there are none. */
  async exhaust(pid: number, isOurs: boolean, count: number | null): Promise<void> {
    const { id, tell, record } = this.#options;
    const earlier = this.#descriptors?.limitBefore ?? null;
    const room = isOurs ? descriptorsLeft : 0;
    const limitBefore = count === null ? await lowerDescriptorLimit(pid, room) : null;
    if (!isOurs && limitBefore === null) {
      throw new FaultlineError(
        'NODE_CANNOT',
        `${id} runs a program without our SDK: only \`prlimit\` of Linux could take its descriptors, ${count === null ? 'and that is not here' : 'all of them and not a number'}`,
        { node: id },
      );
    }
    this.#descriptors = { count: isOurs ? null : 0, limitBefore: earlier ?? limitBefore };
    if (isOurs) tell({ to: 'exhaust', count });
    else record('descriptors.taken', { count: 0, errno: 'EMFILE' });
  }

  async relieve(pid: number, isOurs: boolean): Promise<void> {
    if (this.#descriptors === null) return;
    const { limitBefore } = this.#descriptors;
    this.#descriptors = null;
    if (limitBefore !== null) await setDescriptorLimit(pid, limitBefore).catch(() => {});
    if (isOurs) this.#options.tell({ to: 'exhaust', count: 0 });
    this.#options.record('descriptors.freed', {});
  }

  receive(report: Extract<FromNode, { from: 'hung' | 'leaked' | 'exhausted' }>): void {
    const { record } = this.#options;
    if (report.from === 'hung') {
      if (this.#hangsUntilMs === null) return;
      this.#hangsUntilMs = null;
      record('node.hung', { forMs: report.forMs });
    } else if (report.from === 'leaked') {
      if (this.#leak === null) return;
      this.#leak.heldBytes = report.bytes;
      record('memory.leaked', { bytes: report.bytes });
    } else {
      if (this.#descriptors === null) return;
      this.#descriptors.count = report.count;
      record('descriptors.taken', { count: report.count, errno: report.errno });
    }
  }

  /** The process has ended, and all of it with it. */
  ended(): void {
    this.#hangsUntilMs = null;
    this.#leak = null;
    this.#descriptors = null;
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
    if (this.#descriptors !== null) {
      const { count } = this.#descriptors;
      const explains =
        count === null || count === 0 ? 'has no descriptors left' : `${count} descriptors taken`;
      faults.push({ kind: 'exhaust', explains, endsInMs: null, facts: { count } });
    }
    return faults;
  }
}
