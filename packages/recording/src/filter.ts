/**
 * Which facts a user wants to see. A filter selects messages. Facts about what a node did with a message
 * (it received it, its handler ended) pass if the message passed.
 */
import {
  type Fate,
  type FateEvent,
  isClientName,
  type LinkSelector,
  matchesLink,
  matchesName,
  type NodeTerm,
  type TraceEvent,
} from '@faultline/protocol';
import type { RecordView } from './format/record-view.ts';

export interface FactFilter {
  readonly src?: string | undefined;
  readonly dest?: string | undefined;
  /** Senders and receivers that are not a single name. */
  readonly from?: readonly NodeTerm[] | undefined;
  readonly to?: readonly NodeTerm[] | undefined;
  readonly links?: LinkSelector | undefined;
  readonly type?: string | undefined;
  /** Prefix of the type. */
  readonly typeStart?: string | undefined;
  readonly fate?: Fate | undefined;
  /** Id of a rule that touched the copy. */
  readonly rule?: string | undefined;
  /** A message, `n1.1.345`, or one copy of it, `n1.1.345/1`. */
  readonly message?: string | undefined;
  /** True time, both ends included. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** Other facts of nodes and the router besides fates. Default: only fates pass. */
  readonly facts?: boolean | undefined;
}

/**
 * Whether the filter may accept a record, judged by its bytes: rejected records need not be decoded.
 * Changes of rules pass, so that a rule that never existed can be reported.
 */
export function recordFilter(filter: FactFilter): (record: RecordView) => boolean {
  const { src, dest, type, typeStart, fate, rule, message, facts = false } = filter;
  const { sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = filter;
  const [, name, incarnation, seq] = /^(.+)\.(\d+)\.(\d+)(?:\/\d+)?$/.exec(message ?? '') ?? [];
  return (record) => {
    if (record.kind !== 'fate') return facts || record.kind === 'rule';
    return (
      (seq === undefined || (record.seq === Number(seq) && record.src === name)) &&
      (incarnation === undefined || record.incarnation === Number(incarnation)) &&
      (src === undefined || record.src === src) &&
      (dest === undefined || record.dest === dest) &&
      (type === undefined || record.type === type) &&
      (typeStart === undefined || record.type.startsWith(typeStart)) &&
      (fate === undefined || record.fate === fate) &&
      (rule === undefined || record.rules.includes(rule)) &&
      sinceMs <= record.atMs &&
      record.atMs <= untilMs
    );
  };
}

/** How many messages are remembered as passed. */
const passedMax = 100_000;

/** Facts must be given in order. */
export function factFilter(filter: FactFilter): (fact: TraceEvent) => boolean {
  const { sinceMs = Number.NEGATIVE_INFINITY, facts = false } = filter;
  const { untilMs = Number.POSITIVE_INFINITY } = filter;
  const isThen = ({ atMs }: TraceEvent): boolean => atMs >= sinceMs && atMs <= untilMs;
  const isAboutAll = isOfAll(filter);
  const passed = new Set<string>();
  return (fact) => {
    if (fact.kind === 'fate') {
      if (!isThen(fact) || !fits(fact, filter)) return false;
      if (facts && !isAboutAll) {
        if (passed.size >= passedMax) passed.clear();
        passed.add(fact.id);
      }
      return true;
    }
    if (!facts || !isThen(fact)) return false;
    if (isAboutAll) return true;
    return (fact.kind === 'receive' || fact.kind === 'handled') && passed.has(fact.id);
  };
}

/** Whether it selects all messages, of any time. */
export function isOfAll(filter: FactFilter): boolean {
  const { sinceMs: _, untilMs: __, facts: ___, ...others } = filter;
  return Object.values(others).every((each) => each === undefined);
}

function fits(
  event: FateEvent,
  { src, dest, from, to, links, type, typeStart, fate, rule, message }: FactFilter,
): boolean {
  return (
    (src === undefined || event.src === src) &&
    (dest === undefined || event.dest === dest) &&
    (type === undefined || event.type === type) &&
    (typeStart === undefined || event.type.startsWith(typeStart)) &&
    (from === undefined || matchesName(from, event.src, isClientName)) &&
    (to === undefined || matchesName(to, event.dest, isClientName)) &&
    (fate === undefined || event.fate === fate) &&
    (rule === undefined || event.rules.includes(rule)) &&
    (message === undefined || event.id === message || `${event.id}/${event.copy}` === message) &&
    (links === undefined || matchesLink(links, event.src, event.dest, isClientName))
  );
}
