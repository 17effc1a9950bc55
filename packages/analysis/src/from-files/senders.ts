/** The processes that sent messages, as they are met in the records of a router. */
import type { SeenRecord } from '../source.ts';

export interface Senders {
  readonly senders: ReadonlyMap<string, Sender>;
}

export interface Sender {
  readonly name: string;
  readonly incarnation: number;
  hasStamps: boolean;
}

/** Every process that sent a message. */
export class SenderList {
  readonly all = new Map<string, Sender>();
  /** By name: the latest of its processes that was seen. */
  readonly #latest = new Map<string, Sender>();

  note(name: string, record: SeenRecord): void {
    const { incarnation } = record;
    const latest = this.#latest.get(name);
    if (latest?.incarnation === incarnation && latest.hasStamps) return;
    const prefix = `${name}.${incarnation}`;
    const sender = this.all.get(prefix) ?? { name, incarnation, hasStamps: false };
    sender.hasStamps ||= record.hasStamps;
    this.all.set(prefix, sender);
    this.#latest.set(name, sender);
  }
}
