/** The recording as the page knows it: what the stream brought, and answers to the page's questions. */
import { fates, messageId, receptions } from '@faultline/protocol';
import { decodeChunk } from '../contract/frames.ts';
import type { FromServer } from '../contract/messages.ts';
import type { Copy, FromWorker, Progress, ToWorker } from '../contract/worker.ts';
import { rowMask } from '../model/copies.ts';
import { notReceived } from '../model/copy-status.ts';
import { Links } from '../model/links.ts';
import { type View, viewOf } from '../model/view.ts';

export class Recording {
  readonly #links = new Links();
  readonly #words: string[] = [];
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;
  #nowMs: number | null = null;
  #behindMs = 0;

  /** Returns what the page should know of this message of the server. */
  receive(message: FromServer): FromWorker | undefined {
    switch (message.is) {
      case 'words':
        for (const word of message.words) this.#words.push(word);
        return { is: 'words', words: message.words };
      case 'progress':
        this.#nowMs = message.nowMs;
        this.#behindMs = message.behindMs;
        return undefined;
      case 'over':
        this.#nowMs = null;
        this.#behindMs = 0;
        return undefined;
      case 'caughtUp':
      case 'history':
        return undefined;
      default:
        return message;
    }
  }

  receiveChunk(bytes: ArrayBuffer): void {
    const chunk = decodeChunk(bytes);
    const { copies } = this.#links;
    if (chunk.table === 'fates') {
      copies.addFates(chunk.rows, chunk.columns);
      this.#extend(chunk.columns.sentMs);
    }
    if (chunk.table === 'receptions') copies.addReceptions(chunk.rows, chunk.columns);
    if (chunk.table === 'handled') copies.addHandled(chunk.rows, chunk.columns);
    this.#extend(chunk.columns.atMs);
  }

  progress(): Progress {
    const { copies } = this.#links;
    const isEmpty = this.#toMs === Number.NEGATIVE_INFINITY;
    const members = new Set<number>();
    for (const { src, dest } of this.#links.all()) members.add(src).add(dest);
    return {
      members: [...members],
      copies: copies.rows,
      dropped: copies.firstRow,
      fromMs: isEmpty ? 0 : this.#fromMs,
      toMs: isEmpty ? 0 : this.#toMs,
      nowMs: this.#nowMs,
      behindMs: this.#behindMs,
    };
  }

  view({ fromMs, toMs, linesMax }: Extract<ToWorker, { do: 'view' }>): View {
    return viewOf(this.#links, { fromMs, toMs }, linesMax);
  }

  /** Null: it was dropped. */
  copy(row: number): Copy | null {
    const { copies } = this.#links;
    if (row < copies.firstRow || row >= copies.rows) return null;
    const block = copies.block(row);
    const at = row & rowMask;
    const src = this.#words[block.src[at]!]!;
    const rules = this.#words[block.rules[at]!]!;
    const did = block.did[at]!;
    return {
      row,
      id: messageId(src, block.incarnation[at]!, block.seq[at]!),
      copy: block.copy[at]!,
      src,
      dest: this.#words[block.dest[at]!]!,
      type: this.#words[block.type[at]!]!,
      status: block.status[at]!,
      fate: fates[block.fate[at]!]!,
      rules: rules === '' ? [] : rules.split(','),
      bodyBytes: block.bodyBytes[at]!,
      sentMs: block.sentMs[at]!,
      atMs: block.atMs[at]!,
      receivedMs: block.receivedMs[at]!,
      handledMs: block.handledMs[at]!,
      lamport: block.lamport[at]!,
      receivedLamport: block.receivedLamport[at]!,
      did: did === notReceived ? null : receptions[did]!,
    };
  }

  #extend(timesMs: Float64Array): void {
    for (const ms of timesMs) {
      if (ms < this.#fromMs) this.#fromMs = ms;
      if (ms > this.#toMs) this.#toMs = ms;
    }
  }
}
