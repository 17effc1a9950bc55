/** Where in a recording a message is or, if it does not exist, which messages do. */
import { type FateEvent, messageId } from '@faultline/protocol';
import type { RunSource, SeenRecord } from '../source.ts';
import { SenderList, type Senders } from './senders.ts';

export interface Found {
  /** As it was first recorded, or as far as it is known if no router saw it. */
  readonly message: FateEvent;
  /** If no router saw it: its sender's messages before and after it. */
  readonly beside: readonly string[];
}

export interface NotFound extends Senders {
  /** The last message of each sender. */
  readonly lasts: ReadonlySet<string>;
}

const firstWindowMs = 1000;
const windowGrowth = 16;

/** Reads the latest records first: most questions are about those. */
export async function find(
  files: RunSource,
  src: string,
  incarnation: number,
  seq: number,
): Promise<Found | NotFound> {
  const isIt = (record: SeenRecord): boolean =>
    record.seq === seq && record.incarnation === incarnation && record.src === src;
  const losesOf = (name: string): boolean => name === src;
  const id = messageId(src, incarnation, seq);
  const endMs = await files.endMs('router');
  const startMs = files.run.epoch.trueMs;
  for (let windowMs = firstWindowMs; endMs - windowMs > startMs; windowMs *= windowGrowth) {
    const fromMs = endMs - windowMs;
    const wants = (record: SeenRecord): boolean => record.kind === 'fate' && isIt(record);
    const options = { from: 'router', vectors: false, fromMs, wants, losesOf } as const;
    for await (const batch of files.facts({ ...options, onDoubt: () => {} })) {
      for (const fact of batch) {
        if (fact.kind !== 'fate' || fact.id !== id || fact.dest === '?') continue;
        // All of its records are in the window if it arrived in it.
        if (fact.arrivedMs >= fromMs) return { message: fact, beside: [] };
      }
    }
  }
  let before = 0;
  let after = Number.POSITIVE_INFINITY;
  const wants = (record: SeenRecord): boolean => {
    if (record.kind !== 'fate' || record.incarnation !== incarnation || record.src !== src) {
      return false;
    }
    const each = record.seq;
    if (each < seq) before = Math.max(before, each);
    if (each > seq) after = Math.min(after, each);
    return each === seq;
  };
  let message: FateEvent | undefined;
  for await (const batch of files.facts({ from: 'router', vectors: false, wants, losesOf })) {
    for (const fact of batch) if (fact.kind === 'fate' && fact.id === id) message ??= fact;
  }
  if (message === undefined) return lastOfEach(files);
  const seqs = [before, after].filter((each) => each > 0 && Number.isFinite(each));
  const beside = seqs.map((each) => messageId(src, incarnation, each));
  return { message, beside: message.dest === '?' ? beside : [] };
}

/** Reads everything, because nothing less proves that a message does not exist. */
export async function lastOfEach(files: RunSource): Promise<NotFound> {
  const senders = new SenderList();
  const lastSeq = new Map<string, Map<number, number>>();
  const see = (name: string, incarnation: number, seq: number): void => {
    const ofName = lastSeq.get(name) ?? new Map<number, number>();
    if (seq > (ofName.get(incarnation) ?? 0)) ofName.set(incarnation, seq);
    lastSeq.set(name, ofName);
  };
  const wants = (record: SeenRecord): boolean => {
    if (record.kind === 'fate') {
      const name = record.src;
      senders.note(name, record);
      see(name, record.incarnation, record.seq);
    }
    return false;
  };
  for await (const batch of files.facts({ from: 'router', wants })) {
    for (const fact of batch) {
      if (fact.kind === 'fate') see(fact.src, fact.incarnation, fact.seq);
    }
  }
  const lasts = [...lastSeq].flatMap(([name, ofName]) =>
    [...ofName].map(([incarnation, seq]) => messageId(name, incarnation, seq)),
  );
  return { lasts: new Set(lasts), senders: senders.all };
}
