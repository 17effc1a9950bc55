/** The copies of each link, and among them the unusual ones, which are never sampled away. */
import { Copies, type CopiesListener, rowMask } from './copies.ts';
import { copyStatuses } from './copy-status.ts';
import { RowGroups } from './row-groups.ts';

export interface Link {
  /** Numbers of words. */
  readonly src: number;
  readonly dest: number;
  readonly all: RowGroups;
  /** Those that have, or once had, another status than the first. */
  readonly unusual: RowGroups;
  /** By status: all that ever were on it, also those that were dropped. */
  readonly counts: Float64Array;
  readonly isUnusual: (row: number) => boolean;
}

const usualStatus = 0;

export class Links implements CopiesListener {
  readonly copies: Copies;
  readonly #links = new Map<number, Link>();
  readonly #isUnusual = (row: number): boolean =>
    this.copies.block(row).unusualPlace[row & rowMask]! >= 0;

  constructor(blocksMax?: number) {
    this.copies = new Copies(this, blocksMax);
  }

  all(): Iterable<Link> {
    return this.#links.values();
  }

  added(row: number): void {
    const block = this.copies.block(row);
    const at = row & rowMask;
    const status = block.status[at]!;
    const link = this.#linkOf(block.src[at]!, block.dest[at]!);
    block.place[at] = link.all.add(row);
    if (status !== usualStatus) this.#becomesUnusual(link, row);
    link.counts[status]!++;
  }

  changed(row: number, statusBefore: number): void {
    const block = this.copies.block(row);
    const at = row & rowMask;
    const status = block.status[at]!;
    const link = this.#linkOf(block.src[at]!, block.dest[at]!);
    link.all.changed(block.place[at]!);
    if (block.unusualPlace[at]! >= 0) link.unusual.changed(block.unusualPlace[at]!);
    else if (status !== usualStatus) this.#becomesUnusual(link, row);
    link.counts[statusBefore]!--;
    link.counts[status]!++;
  }

  dropped(row: number): void {
    for (const { all, unusual } of this.#links.values()) {
      all.dropBelow(row);
      unusual.dropBelow(row);
    }
  }

  #becomesUnusual(link: Link, row: number): void {
    const block = this.copies.block(row);
    const at = row & rowMask;
    block.unusualPlace[at] = link.unusual.add(row);
    link.all.leftOut(block.place[at]!);
  }

  #linkOf(src: number, dest: number): Link {
    const key = src * 2 ** 32 + dest;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = {
        src,
        dest,
        all: new RowGroups(this.copies, this.#isUnusual),
        unusual: new RowGroups(this.copies),
        counts: new Float64Array(copyStatuses.length),
        isUnusual: this.#isUnusual,
      };
      this.#links.set(key, link);
    }
    return link;
  }
}
