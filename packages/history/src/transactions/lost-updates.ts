/**
 * Lost update: two committed transactions read the same version of a key and each wrote the key
 * afterwards. Found directly, without knowing which of the two writes came first (as Elle does).
 */

import { shown } from '../shown.ts';
import type { Findings } from './findings.ts';
import type { Key, Table } from './table.ts';

export class LostUpdates {
  readonly #table: Table;
  readonly #findings: Findings;
  /** For the current key: who has read a version and written the key, by version. */
  readonly #updater = new Map<number, number>();

  constructor(table: Table, findings: Findings) {
    this.#table = table;
    this.#findings = findings;
  }

  /** Transaction `n` read this version of the key before it did anything else with it. */
  read(n: number, key: Key, version: number): void {
    const { steps, operations } = this.#table;
    if (!steps[n]!.some(([f, written]) => f !== 'r' && written === key)) return;
    const other = this.#updater.get(version);
    if (other === undefined) {
      this.#updater.set(version, n);
      return;
    }
    if (other === n) return;
    const pair = [operations[other]!.index, operations[n]!.index];
    this.#findings.add('lost-update', pair, () => [
      `T${pair[0]} and T${pair[1]} read the same version of ${shown(key)}: ${this.#readBy(n, key)}`,
      'each then wrote it, so one of them did not see what the other wrote',
    ]);
  }

  endOfKey(): void {
    this.#updater.clear();
  }

  #readBy(n: number, key: Key): string {
    return shown(this.#table.steps[n]!.find(([f, read]) => f === 'r' && read === key)![2]);
  }
}
