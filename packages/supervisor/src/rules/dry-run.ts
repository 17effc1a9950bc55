/**
 * Computes what rules would have done to the latest messages of a recording, in addition to the rules in
 * force. Nothing is installed.
 *
 * A draw depends on the rule, the edge and the message's number on it, and the recording has all
 * three, so the result is exactly what would have happened. Rules that count or queue start with the
 * first examined message. Pure.
 */
import { decide, type Message, type RuleSet } from '@faultline/faults';
import { type DryRunMessage, type FateEvent, fieldAt, parsedOrNull } from '@faultline/protocol';

const shownMax = 20;

export interface Rehearsed {
  readonly looked: number;
  readonly hit: number;
  /** Messages whose body was not recorded, so that no rule on a field can match. */
  readonly bodiesUnknown: number;
  /** Copies that one of the rules affected, by their outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** The latest messages that would have been hit, oldest first. */
  readonly messages: readonly DryRunMessage[];
}

/** `rules`: the rules in force and those to try. `tried`: the ids of the rules to try. */
export function rehearse(
  fates: readonly FateEvent[],
  rules: RuleSet,
  tried: ReadonlySet<string>,
  messagesMax: number,
): Rehearsed {
  const messages = originals(fates).slice(-messagesMax);
  const last = new Map(fates.filter(({ copy }) => copy === 0).map(({ id, fate }) => [id, fate]));
  const outcomes: Record<string, number> = {};
  const hits: DryRunMessage[] = [];
  for (const fate of messages) {
    const { src, dest, id, type, ordinal, arrivedMs } = fate;
    const edge = rules.edge(src, dest);
    edge.ordinal = ordinal - 1;
    const verdict = decide(edge, messageOf(fate), arrivedMs) ?? [];
    const copies = verdict
      .map(({ outcome, delayMs, rules: by }) => ({
        outcome,
        delayMs,
        rules: by.filter((rule) => tried.has(rule)),
      }))
      .filter((copy) => copy.rules.length > 0);
    if (copies.length === 0) continue;
    for (const { outcome } of copies) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    hits.push({ id, src, dest, type, was: last.get(id)!, copies });
  }
  return {
    looked: messages.length,
    hit: hits.length,
    bodiesUnknown: messages.filter(({ body, bodyCut }) => body === undefined || bodyCut).length,
    outcomes,
    messages: hits.slice(-shownMax),
  };
}

/** The first fate of each message that rules have examined, in the order of arrival. */
function originals(fates: readonly FateEvent[]): FateEvent[] {
  const first = new Map<string, FateEvent>();
  for (const fate of fates) {
    if (fate.ordinal > 0 && fate.copy === 0 && !first.has(fate.id)) first.set(fate.id, fate);
  }
  return [...first.values()].sort((a, b) => a.arrivedMs - b.arrivedMs);
}

function messageOf({ type, isReply, bodyBytes, body, bodyCut }: FateEvent): Message {
  if (body === undefined || bodyCut) return { type, isReply, bodyBytes };
  const bytes = Buffer.from(body);
  const parsed = parsedOrNull(bytes, 0, bytes.length);
  return { type, isReply, bodyBytes, field: (path) => fieldAt(parsed, path) };
}
