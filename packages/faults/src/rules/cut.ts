/**
 * A cable pulled out: nothing gets through, not even messages in flight. With `refuse`, a firewall that
 * answers: senders of requests get an error.
 *
 * `established` is the firewall that keeps established conversations flowing and stops new ones. Two
 * endpoints are in *conversation* if a message was sent between them, in either direction, before the rule
 * was added. It ends for good when one of them restarts and, with `idle`, when the messages that the rule
 * matches pause for longer than that. Replies always pass, because their requests have.
 */
import { FaultlineError, formatDuration } from '@faultline/protocol';
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';
import { duration, readDuration } from '../settings.ts';

export const cut = defineKind({
  name: 'cut',
  summary: 'let nothing through, as a partition does',
  stage: 10,
  settings: Type.Object(
    {
      refuse: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'reject requests with an error instead of dropping them silently',
        }),
      ),
      established: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'keep established conversations, and all replies, flowing',
        }),
      ),
      idle: Type.Optional(
        duration('with established: a longer pause ends a conversation (default: never)'),
      ),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const { refuse = false, established = false } = settings;
    if (settings.idle !== undefined && !established) {
      const message = 'expected only with established, whose conversations it ends';
      throw new FaultlineError('BAD_RULE', message, { property: 'idle' });
    }
    const idleMs =
      settings.idle === undefined ? Number.POSITIVE_INFINITY : readDuration('idle', settings.idle);
    const conversations = established ? new Conversations(idleMs) : null;
    return {
      normal: { refuse, established, ...(settings.idle === undefined ? {} : { idleMs }) },
      isShared: established,
      words(messages) {
        const verb = refuse ? 'refuse' : 'cut';
        if (!established) return `${verb} ${messages}`;
        const idle =
          settings.idle === undefined ? '' : ` unless silent for ${formatDuration(idleMs)}`;
        return `${verb} ${messages}, but keep established conversations flowing${idle}`;
      },
      install: (hasTalked) => conversations?.begin(hasTalked),
      start: (src, dest) => start(src, dest, refuse, conversations),
    };
  },
});

function start(
  src: string,
  dest: string,
  refuse: boolean,
  conversations: Conversations | null,
): Behaviour {
  const reason = `the link ${src}>${dest} is cut`;
  if (conversations === null) {
    return {
      act: (copy) => (refuse ? copy.refuse(reason) : copy.cut()),
      cutsInFlight: () => true,
    };
  }
  const conversation = conversations.between(src, dest);
  return {
    meet: (_, __, nowMs) => conversation.hear(nowMs),
    act(copy) {
      if (conversation.isAlive || copy.message.isReply) return;
      if (refuse) copy.refuse(`${reason} for new conversations`);
      else copy.cut();
    },
    cutsInFlight: ({ isReply }) => !conversation.isAlive && !isReply,
    restarted: () => conversation.end(),
  };
}

/** The conversation of a pair across a rule; both directions share it. */
class Conversations {
  readonly #idleMs: number;
  readonly #pairs = new Map<string, Conversation>();
  #hasTalked: (a: string, b: string) => boolean = () => false;

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  begin(hasTalked: (a: string, b: string) => boolean): void {
    this.#hasTalked = hasTalked;
  }

  between(a: string, b: string): Conversation {
    const pair = a < b ? `${a}>${b}` : `${b}>${a}`;
    const known = this.#pairs.get(pair);
    if (known !== undefined) return known;
    const conversation = new Conversation(this.#hasTalked(a, b), this.#idleMs);
    this.#pairs.set(pair, conversation);
    return conversation;
  }
}

class Conversation {
  isAlive: boolean;
  readonly #idleMs: number;
  /** When the rule last saw one of its messages; the pause before the first is unknown. */
  #lastMs = Number.POSITIVE_INFINITY;

  constructor(isAlive: boolean, idleMs: number) {
    this.isAlive = isAlive;
    this.#idleMs = idleMs;
  }

  hear(nowMs: number): void {
    if (nowMs - this.#lastMs > this.#idleMs) this.isAlive = false;
    this.#lastMs = nowMs;
  }

  end(): void {
    this.isAlive = false;
  }
}
