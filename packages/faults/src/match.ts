/** Which of an edge's messages a rule is about: by type, by direction, by count. */
import type { Message } from './edge.ts';
import type { RuleSpec } from './spec.ts';

export interface Match {
  readonly needsType: boolean;
  /** Whether the rule picks messages by their number. */
  readonly isCounted: boolean;
  /** Whether the rule is about messages such as this one, counts aside. */
  looksAt(message: Message): boolean;
  /** Whether it acts on the n-th of these, from 1. */
  isTurn(n: number): boolean;
}

export function matchOf(spec: RuleSpec): Match {
  const { type, replies, after = 0, every = 1, first = Number.POSITIVE_INFINITY } = spec;
  const hasType = typeTest(type);
  return {
    needsType: hasType !== null,
    isCounted: after > 0 || every > 1 || first < Number.POSITIVE_INFINITY,
    looksAt: (message) =>
      (replies === undefined || message.isReply === replies) &&
      (hasType === null || hasType(message.type)),
    isTurn: (n) => n > after && (n - after) % every === 0 && (n - after) / every <= first,
  };
}

function typeTest(type: string | undefined): ((type: string) => boolean) | null {
  if (type === undefined) return null;
  if (!type.endsWith('*')) return (given) => given === type;
  const start = type.slice(0, -1);
  return (given) => given.startsWith(start);
}
