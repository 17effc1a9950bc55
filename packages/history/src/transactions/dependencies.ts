/**
 * What the readers for lists and for registers both return: the edges between transactions that
 * data shows, and how to say each in words.
 */

import type { Findings } from './findings.ts';
import { type EdgeList, RW, THEN } from './graph.ts';
import type { Table } from './table.ts';

export interface Dependencies {
  readonly edges: EdgeList;
  readonly findings: Findings;
  /** Transactions and joints. */
  nodeCount: number;
  /** Why `from` is before `to`; `why` is the number of a write of `to`, except on a wr edge. */
  because(kind: 'ww' | 'wr' | 'rw', from: number, to: number, why: number): string;
}

/** Makes the edges for "each of these transactions read a version that each of those replaced". */
export class AntiDependencies {
  readonly edges: EdgeList;
  nodeCount: number;
  readonly #table: Table;
  readonly #isWriter: Uint8Array;

  constructor(table: Table, edges: EdgeList) {
    this.#table = table;
    this.edges = edges;
    this.nodeCount = table.operations.length;
    this.#isWriter = new Uint8Array(table.operations.length);
  }

  /**
   * Of readers that write too, two or more, each gets an edge to two of the others and not to all:
   * they have lost an update, which rules out every model that edges could still rule out.
   */
  add(readers: readonly number[], writes: readonly number[]): void {
    if (readers.length === 0 || writes.length === 0) return;
    const { writer } = this.#table;
    for (const write of writes) this.#isWriter[writer[write]!] = 1;
    const both = readers.filter((reader) => this.#isWriter[reader] === 1);
    const plain = readers.filter((reader) => this.#isWriter[reader] === 0);
    for (const write of writes) this.#isWriter[writer[write]!] = 0;

    const limit = both.length > 1 ? 2 : Number.POSITIVE_INFINITY;
    for (const reader of both) {
      let added = 0;
      for (const write of writes) {
        if (writer[write] === reader) continue;
        if (added++ === limit) break;
        this.edges.add(reader, writer[write]!, RW, write);
      }
    }
    if (plain.length * writes.length <= plain.length + writes.length) {
      for (const reader of plain) {
        for (const write of writes) this.edges.add(reader, writer[write]!, RW, write);
      }
      return;
    }
    const joint = this.nodeCount++;
    for (const reader of plain) this.edges.add(reader, joint, RW, -1);
    for (const write of writes) this.edges.add(joint, writer[write]!, THEN, write);
  }
}
