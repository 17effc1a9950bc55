/** Puts recorded facts into the tables of the page. */
import {
  type FateEvent,
  fates,
  type HandledEvent,
  messageIdParts,
  numbered,
  outcomes,
  type ReceiveEvent,
  receptions,
  type TraceEvent,
} from '@faultline/protocol';
import { type Columns, flagAltered, flagReply, flagRequest } from '../contract/tables.ts';
import type { WordWriter } from '../contract/words.ts';
import { TableWriter } from './table-writer.ts';

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
    columns.fate[row] = fateNumber[fact.fate];
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
    this.#setMessage(columns, row, fact);
    columns.did[row] = receptionNumber[fact.did];
    columns.nodeIncarnation[row] = fact.incarnation;
    columns.lamport[row] = fact.stamps.lamport;
  }

  #addHandled(fact: HandledEvent): void {
    const { columns } = this.#handled;
    const row = this.#handled.next();
    this.#setMessage(columns, row, fact);
    columns.outcome[row] = outcomeNumber[fact.outcome];
  }

  /** Which node did something about which message, and when. */
  #setMessage(
    columns: Columns<'receptions'> | Columns<'handled'>,
    row: number,
    { node, id, atMs }: ReceiveEvent | HandledEvent,
  ): void {
    const { src, incarnation, seq } = messageIdParts(id);
    columns.node[row] = this.#words.numberOf(node);
    columns.src[row] = this.#words.numberOf(src);
    columns.incarnation[row] = incarnation;
    columns.seq[row] = seq;
    columns.atMs[row] = atMs - this.#epochMs;
  }
}
