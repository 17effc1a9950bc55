/**
 * Ends the process at one exact point of what it does, as a machine does that loses power there: no
 * handler runs any more, nothing is said goodbye to, and what was not synced is gone. What the program
 * sent before that point has left.
 */
import {
  type CrashPlace,
  type CrashPoint,
  type CrashWhen,
  type FrameReader,
  type Json,
  messageId,
} from '@faultline/protocol';
import type { Disk } from '../port.ts';

export class CrashTrigger {
  readonly #crash: (facts: CrashPlace) => void;
  #point: CrashPoint | undefined;
  /** How many more times the point may be passed. */
  #left = 0;

  constructor(crash: (facts: CrashPlace) => void) {
    this.#crash = crash;
  }

  /** Whether there is anything to look out for: asked on the way of every message. */
  get isArmed(): boolean {
    return this.#point !== undefined;
  }

  set(when: CrashWhen | null): void {
    this.#point = when?.point;
    this.#left = when?.after ?? 0;
  }

  sends(type: string, to: string, message: () => string): void {
    if (this.#isMessage('sends', type)) this.#pass(() => ({ message: message(), type, to }));
  }

  receives(type: string, { src, incarnation, seq }: FrameReader): void {
    if (!this.#isMessage('receives', type)) return;
    this.#pass(() => ({ message: messageId(src, incarnation, seq), type, from: src }));
  }

  syncs(at: 'before sync' | 'after sync', file: string): void {
    const point = this.#point;
    if (point?.at !== at || (point.file !== null && point.file !== file)) return;
    this.#pass(() => ({ file }));
  }

  #isMessage(at: 'sends' | 'receives', type: string): boolean {
    const point = this.#point;
    if (point?.at !== at) return false;
    return point.type.endsWith('*')
      ? type.startsWith(point.type.slice(0, -1))
      : type === point.type;
  }

  #pass(facts: () => CrashPlace): void {
    if (this.#left-- > 0) return;
    this.#point = undefined;
    this.#crash(facts());
  }
}

/** A disk whose syncs are such points. */
export class CrashingDisk implements Disk {
  readonly #disk: Disk;
  readonly #trigger: CrashTrigger;

  constructor(disk: Disk, trigger: CrashTrigger) {
    this.#disk = disk;
    this.#trigger = trigger;
  }

  append(file: string, record: Json): void {
    this.#disk.append(file, record);
  }

  read<Appended extends Json>(file: string): Appended[] {
    return this.#disk.read<Appended>(file);
  }

  sync(file: string): Promise<void> {
    return this.#around(file, () => this.#disk.sync(file));
  }

  replace(file: string, records: readonly Json[]): Promise<void> {
    return this.#around(file, () => this.#disk.replace(file, records));
  }

  async #around(file: string, write: () => Promise<void>): Promise<void> {
    this.#trigger.syncs('before sync', file);
    await write();
    this.#trigger.syncs('after sync', file);
  }
}
