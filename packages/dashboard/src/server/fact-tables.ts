/** Puts recorded facts into the tables of the page. */
import {
  type FateEvent,
  fates,
  type HandledEvent,
  outcomes,
  type ReceiveEvent,
  receptions,
  type TraceEvent,
} from '@faultline/protocol';
import { flagAltered, flagReply, flagRequest } from '../contract/tables.ts';
import type { WordWriter } from '../contract/words.ts';
import { TableWriter } from './table-writer.ts';

const numbered = (names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(names.map((name, number) => [name, number]));
const fateNumber = numbered(fates);
const receptionNumber = numbered(receptions);
const outcomeNumber = numbered(outcomes);

export class FactTables {
  readonly #words: WordWriter;
  readonly #epochMs: number;
  readonly #fates = new TableWriter('fates');
  readonly #receptions = new TableWriter('receptions');
  readonly #handled = new TableWriter('handled');

  /** `epochMs`: true time of the run's beginning. */
  constructor(words: WordWriter, epochMs: number) {
    this.#words = words;
    this.#epochMs = epochMs;
  }

  /** A table has no room for another row: take the chunks first. */
  get isFull(): boolean {
    return this.#fates.isFull || this.#receptions.isFull || this.#handled.isFull;
  }

  /** Facts that no table holds are passed over. */
  add(fact: TraceEvent): void {
    if (fact.kind === 'fate') this.#addFate(fact);
    else if (fact.kind === 'receive') this.#addReception(fact);
    else if (fact.kind === 'handled') this.#addHandled(fact);
  }

  /** Fates first: a reception belongs to a fate that was sent before it or with it. */
  take(): Uint8Array[] {
    return [this.#fates.take(), this.#receptions.take(), this.#handled.take()].filter(
      (chunk) => chunk !== undefined,
    );
  }

  #addFate(fact: FateEvent): void {
    const { columns } = this.#fates;
    const row = this.#fates.next();
    columns.src[row] = this.#words.numberOf(fact.src);
    columns.dest[row] = this.#words.numberOf(fact.dest);
    columns.type[row] = this.#words.numberOf(fact.type);
    columns.rules[row] = this.#words.numberOf(fact.rules.length === 0 ? '' : fact.rules.join(','));
    columns.fate[row] = fateNumber[fact.fate]!;
    columns.flags[row] =
      (fact.isReply ? flagReply : 0) |
      (fact.msgId === undefined ? 0 : flagRequest) |
      (fact.altered ? flagAltered : 0);
    columns.copy[row] = fact.copy;
    columns.incarnation[row] = fact.incarnation;
    columns.seq[row] = fact.seq;
    columns.sentMs[row] = (fact.stamps?.trueMs ?? Number.NaN) - this.#epochMs;
    columns.arrivedMs[row] = fact.arrivedMs - this.#epochMs;
    columns.atMs[row] = fact.atMs - this.#epochMs;
    columns.lamport[row] = fact.stamps?.lamport ?? Number.NaN;
    columns.bodyBytes[row] = fact.bodyBytes;
  }

  #addReception(fact: ReceiveEvent): void {
    const { columns } = this.#receptions;
    const row = this.#receptions.next();
    const { src, incarnation, seq } = partsOf(fact.id);
    columns.node[row] = this.#words.numberOf(fact.node);
    columns.src[row] = this.#words.numberOf(src);
    columns.did[row] = receptionNumber[fact.did]!;
    columns.nodeIncarnation[row] = fact.incarnation;
    columns.incarnation[row] = incarnation;
    columns.seq[row] = seq;
    columns.atMs[row] = fact.atMs - this.#epochMs;
    columns.lamport[row] = fact.stamps.lamport;
  }

  #addHandled(fact: HandledEvent): void {
    const { columns } = this.#handled;
    const row = this.#handled.next();
    const { src, incarnation, seq } = partsOf(fact.id);
    columns.node[row] = this.#words.numberOf(fact.node);
    columns.src[row] = this.#words.numberOf(src);
    columns.outcome[row] = outcomeNumber[fact.outcome]!;
    columns.incarnation[row] = incarnation;
    columns.seq[row] = seq;
    columns.atMs[row] = fact.atMs - this.#epochMs;
  }
}

/** What a message id consists of. */
function partsOf(id: string): { src: string; incarnation: number; seq: number } {
  const seqAt = id.lastIndexOf('.');
  const incarnationAt = id.lastIndexOf('.', seqAt - 1);
  return {
    src: id.slice(0, incarnationAt),
    incarnation: Number(id.slice(incarnationAt + 1, seqAt)),
    seq: Number(id.slice(seqAt + 1)),
  };
}
