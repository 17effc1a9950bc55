/**
 * The history of one message: its sender, its time by which clock, the decision of each rule, where it
 * waited, the fate of each copy, what its receiver did, and the replies. As data; the sentences are in
 * `why-words.ts`.
 */
import type { ClusterEvent, EventKind } from '@faultline/actions';
import { type Fate, FaultlineError, type Reception } from '@faultline/protocol';
import { repliesTo, requestOf } from './calls.ts';
import { handlerOpenAt } from './handlers.ts';
import { compared, type Decided, type Replay, replayDecision } from './replay.ts';
import { type Run, withoutCopy } from './run.ts';

interface Reading {
  /** Milliseconds of true time since the run began. */
  readonly atMs: number;
  /** The reading of the node's own clock, and its distance from true time; null for a member without a clock. */
  readonly nodeTime: string | null;
  readonly aheadMs: number | null;
}

export interface Waited {
  /** `waiting`: it had a delay, or its receiver did not keep up. `held`: until it was released. */
  readonly how: 'waiting' | 'held';
  readonly why: 'delay' | 'receiver' | 'rule';
  readonly ms: number;
}

export interface CopyLife {
  /** 0 for the original. */
  readonly copy: number;
  /** `waiting` and `held`: it still does, as far as the recording goes. */
  readonly fate: Fate;
  readonly atMs: number;
  /** True time from its arrival at the router to this fate. */
  readonly afterMs: number;
  /** Rules that touched it; the last one decided. */
  readonly rules: readonly string[];
  readonly isAltered: boolean;
  readonly waited: readonly Waited[];
  readonly reception: ReceptionLife | null;
  /** If the exit of the receiver's process interrupted its work on this copy. */
  readonly end: ReceiverEnd | null;
}

export interface ReceiverEnd {
  readonly how: 'crashed' | 'was killed' | 'was stopped';
  /** Before its handler ran, while it ran, or after it had replied and before the reply left. */
  readonly when: 'before' | 'during' | 'after' | 'unknown';
  /** Since the copy was received; of `after`, since its handler ended; of `unknown`, since its delivery. */
  readonly afterMs: number;
  readonly reason: string | null;
}

export interface ReceptionLife extends Reading {
  readonly step: number;
  /** Such as n2, or n2.3 if n2 had several incarnations. */
  readonly by: string;
  /** Null if only the delivery by the router is known. */
  readonly did: Reception | null;
  /** Of a late reply: the one that had settled the call before, if any. */
  readonly settledBy: { readonly id: string; readonly beforeMs: number } | null;
  readonly handler: {
    readonly outcome: 'replied' | 'nothing' | 'threw' | 'not ended';
    readonly afterMs: number | null;
    readonly error: string | null;
  } | null;
}

export interface LinkedMessage {
  readonly id: string;
  readonly src: string;
  readonly dest: string;
  readonly type: string;
  readonly fates: readonly Fate[];
  /** What the requester did with it. */
  readonly did: readonly (Reception | null)[];
  /** It came when another one, or another copy of it, had settled the call. */
  readonly isSecond: boolean;
  /** When it was sent, and when it first arrived, after the message it is shown with. */
  readonly sentAfterMs: number;
  readonly arrivedAfterMs: number | null;
}

export interface Explanation {
  readonly id: string;
  readonly src: string;
  readonly dest: string;
  readonly type: string;
  readonly bodyBytes: number;
  readonly body: string | null;
  readonly isBodyCut: boolean;
  /** It is the body that was delivered, and a rule had altered it. */
  readonly isBodyAltered: boolean;
  readonly kind: 'request' | 'reply' | 'message';
  readonly sent: Reading & { readonly step: number };
  /** The message that the sender was handling then, if it was exactly one. */
  readonly during: string | null;
  /** Null: it never reached a router. */
  readonly router: {
    readonly arrivedMs: number;
    readonly edge: string;
    /** Its number on its edge, from 1; 0 if the router refused it. */
    readonly ordinal: number;
  } | null;
  /** Draws are a function of this, the rule, the edge and the ordinal. */
  readonly seed: string;
  readonly rules: Replay | null;
  readonly copies: readonly CopyLife[];
  /** Of a request: what came back. */
  readonly replies: readonly LinkedMessage[];
  /** Of a reply: what it answers. */
  readonly request: LinkedMessage | null;
  /** If a copy reached the receiver and was not received: the last event of the receiver. */
  readonly receiver: ClusterEvent | null;
  /** Facts of the cluster that belong to it, such as why it was refused. */
  readonly remarks: readonly string[];
}

/** The message of an id. Throws NOT_FOUND, with the form of ids and the nearest ones. */
export function requireMessage(run: Run, id: string): number {
  const message = run.findMessage(withoutCopy(id));
  if (message < 0) throw unknownMessage(run, id);
  return message;
}

/**
 * Throws as `requireMessage` does. `decided`: its replayed decision, if the run lacks messages needed for
 * the replay.
 */
export function explainMessage(run: Run, id: string, decided?: Decided | null): Explanation {
  const message = requireMessage(run, id);
  const { messages } = run;
  const isUnseen = run.isUnseen(message);
  const body = run.bodies.get(messages.firstFate.rows[message]!);
  const send = messages.send.rows[message]!;
  const during = handlerOpenAt(run, send);
  const isRequest = messages.msgId.rows[message]! >= 0;
  const request = run.isReply(message) ? requestOf(run, message) : -1;
  const copies = copiesOf(run, message);
  const rules = isUnseen ? null : rulesOn(run, message, decided);
  const isReceiversFault = copies.some(
    ({ fate, reception }) => fate === 'node down' || (fate === 'delivered' && reception === null),
  );
  return {
    id: run.id(message),
    src: run.src(message),
    dest: run.dest(message),
    type: run.type(message),
    bodyBytes: messages.bodyBytes.rows[message]!,
    body: body?.text ?? null,
    isBodyCut: body?.isCut ?? false,
    isBodyAltered: run.fates.altered.rows[messages.firstFate.rows[message]!] === 1,
    kind: run.isReply(message) ? 'reply' : isRequest ? 'request' : 'message',
    sent: { step: send, ...readingAt(run, send) },
    during: during < 0 ? null : run.id(during),
    router: isUnseen
      ? null
      : {
          arrivedMs: run.sinceStart(messages.arrivedMs.rows[message]!),
          edge: `${run.src(message)}>${run.dest(message)}`,
          ordinal: messages.ordinal.rows[message]!,
        },
    seed: run.info.seed,
    rules,
    copies,
    replies: repliesTo(run, message, sourcesForged(rules)).map((reply) =>
      linkedMessage(run, reply, message),
    ),
    request: request < 0 ? null : linkedMessage(run, request, message),
    receiver: isReceiversFault ? lastTold(run, message) : null,
    remarks: remarksOn(run, message),
  };
}

function rulesOn(run: Run, message: number, decided: Decided | null | undefined): Replay | null {
  if (decided === undefined) return replayDecision(run, message);
  return decided === null ? null : compared(run, message, decided);
}

/** The sources that rules forged on its copies. */
export function sourcesForged(rules: Pick<Replay, 'explanations'> | null): string[] {
  const effects = rules?.explanations.flatMap((explanation) => explanation.effects) ?? [];
  return effects.flatMap(({ alteration }) =>
    alteration?.how === 'source' ? [alteration.src] : [],
  );
}

function readingAt(run: Run, step: number): Reading {
  const atMs = run.steps.atMs.rows[step]!;
  const wallMs = run.steps.wallMs.rows[step]!;
  const isDate = Math.abs(wallMs) <= 8.64e15;
  return {
    atMs: run.sinceStart(atMs),
    nodeTime: isDate ? new Date(wallMs).toISOString() : null,
    aheadMs: isDate ? wallMs - run.trueWall(atMs) : null,
  };
}

function copiesOf(run: Run, message: number): CopyLife[] {
  const records = new Map<number, number[]>();
  for (const record of run.fatesOf(message)) {
    const copy = run.fates.copy.rows[record]!;
    records.set(copy, [...(records.get(copy) ?? []), record]);
  }
  return [...records]
    .sort(([a], [b]) => a - b)
    .map(([copy, all]) => {
      const last = all.at(-1)!;
      const atMs = run.fates.atMs.rows[last]!;
      const step = run.fates.reception.rows[last]!;
      return {
        copy,
        fate: run.fate(last),
        atMs: run.sinceStart(atMs),
        afterMs: atMs - run.messages.arrivedMs.rows[message]!,
        rules: run.rulesOf(last),
        isAltered: run.fates.altered.rows[last] === 1,
        waited: waits(run, all),
        reception: step < 0 ? null : receptionAt(run, message, step),
      };
    })
    .map((copy) => ({ ...copy, end: receiverEnd(run, message, copy) }));
}

/** A first wait is a delay; one that follows it, or that no rule caused, is the receiver's. */
function waits(run: Run, records: readonly number[]): Waited[] {
  const { atMs } = run.fates;
  const waited: Waited[] = [];
  for (const [index, record] of records.entries()) {
    const next = records[index + 1];
    const how = run.fate(record);
    if (next === undefined || (how !== 'waiting' && how !== 'held')) continue;
    const ms = atMs.rows[next]! - atMs.rows[record]!;
    const isDelay =
      run.rulesOf(record).length > 0 && run.fate(records[index - 1] ?? -1) !== 'waiting';
    waited.push({ how, ms, why: how === 'held' ? 'rule' : isDelay ? 'delay' : 'receiver' });
  }
  return waited;
}

function receptionAt(run: Run, message: number, step: number): ReceptionLife {
  const did = run.reception(step) ?? null;
  const endedMs = run.steps.endedMs.rows[step]!;
  return {
    step,
    by: run.label(run.processes[run.steps.owner.rows[step]!]!),
    ...readingAt(run, step),
    did,
    settledBy: did === 'late reply' ? settledBefore(run, message, step) : null,
    handler:
      did !== 'handled'
        ? null
        : {
            outcome: run.outcome(step) ?? 'not ended',
            afterMs: Number.isNaN(endedMs) ? null : endedMs - run.steps.atMs.rows[step]!,
            error: run.thrown.get(step) ?? null,
          },
  };
}

/** A call is settled once: the reply that had settled this one's call before it came at `step`. */
function settledBefore(run: Run, reply: number, step: number): ReceptionLife['settledBy'] {
  const { steps, fates } = run;
  const request = requestOf(run, reply);
  if (request < 0) return null;
  for (const other of repliesTo(run, request)) {
    for (const record of run.fatesOf(other)) {
      const at = fates.reception.rows[record]!;
      if (at < 0 || steps.owner.rows[at] !== steps.owner.rows[step]) continue;
      if (run.reception(at) !== 'settled') continue;
      return { id: run.id(other), beforeMs: steps.atMs.rows[step]! - steps.atMs.rows[at]! };
    }
  }
  return null;
}

type EndEvent = ClusterEvent<'node.crashed' | 'node.killed' | 'node.stopped'>;

const ends: Readonly<Record<EndEvent['kind'], ReceiverEnd['how']>> = {
  'node.crashed': 'crashed',
  'node.killed': 'was killed',
  'node.stopped': 'was stopped',
};

const isEnd = (event: ClusterEvent): event is EndEvent => Object.hasOwn(ends, event.kind);

/** An exit later than this is unrelated to a message whose reception is unknown. */
const unknownMsMax = 1000;

function receiverEnd(
  run: Run,
  message: number,
  { fate, atMs, reception }: Omit<CopyLife, 'end'>,
): ReceiverEnd | null {
  const isLeft = reception === null || reception.handler?.outcome === 'not ended';
  const isReplied = reception?.handler?.outcome === 'replied';
  if (fate !== 'delivered' || !(isLeft || (isReplied && repliesTo(run, message).length === 0))) {
    return null;
  }
  const fromMs = reception?.atMs ?? atMs;
  const event = endAfter(run, run.dest(message), fromMs, reception);
  if (event === null) return null;
  const crash = event.kind === 'node.crashed' ? event.facts : null;
  const handledMs = reception?.handler?.afterMs ?? 0;
  const isAtReception =
    crash?.message === run.id(message) && crash.when?.startsWith('receives') === true;
  const when =
    reception === null ? 'unknown' : isAtReception ? 'before' : isReplied ? 'after' : 'during';
  const afterMs = Math.max(0, event.atMs - fromMs - (isReplied ? handledMs : 0));
  if (when === 'unknown' && afterMs > unknownMsMax) return null;
  return { how: ends[event.kind], when, afterMs, reason: crash?.reason ?? null };
}

/** The exit of the process that received at that time; null if it ran until the end of the recording. */
function endAfter(
  run: Run,
  dest: string,
  fromMs: number,
  reception: ReceptionLife | null,
): EndEvent | null {
  const owner = reception === null ? null : run.steps.owner.rows[reception.step]!;
  const life = owner === null ? null : run.processes[owner]!.incarnation;
  const all = run.events.filter(isEnd).filter(({ node }) => node === dest);
  const end = all.find(({ atMs, facts }) =>
    life === null ? atMs >= fromMs : facts.incarnation === life,
  );
  return end ?? null;
}

function linkedMessage(run: Run, message: number, beside: number): LinkedMessage {
  const { messages, steps } = run;
  const copies = copiesOf(run, message);
  const besideMs = run.sinceStart(steps.atMs.rows[messages.send.rows[beside]!]!);
  const arrived = copies.flatMap(({ reception }) => (reception === null ? [] : [reception]));
  return {
    id: run.id(message),
    src: run.src(message),
    dest: run.dest(message),
    type: run.type(message),
    fates: copies.map(({ fate }) => fate),
    did: arrived.map(({ did }) => did),
    isSecond: arrived.some(({ settledBy }) => settledBy !== null),
    sentAfterMs: run.sinceStart(steps.atMs.rows[messages.send.rows[message]!]!) - besideMs,
    arrivedAfterMs: arrived.length === 0 ? null : arrived[0]!.atMs - besideMs,
  };
}

const states: ReadonlySet<EventKind> = new Set([
  ...(['node.starting', 'node.ready', 'node.unready', 'node.paused', 'node.resumed'] as const),
  ...(['node.slow', 'node.recovered', 'node.stopped', 'node.killed', 'node.crashed'] as const),
  'node.removed',
]);

function lastTold(run: Run, message: number): ClusterEvent | null {
  const lastRecord = run.messages.lastFate.rows[message]!;
  const atMs = run.sinceStart(run.fates.atMs.rows[lastRecord]!);
  const dest = run.dest(message);
  return (
    run.events.findLast(
      (event) => event.node === dest && event.atMs <= atMs && states.has(event.kind),
    ) ?? null
  );
}

/** The events of the cluster at the moment when the router refused the message. */
function remarksOn(run: Run, message: number): string[] {
  const refused = [...run.fatesOf(message)].find((record) => run.fate(record) === 'refused');
  if (refused === undefined || run.rulesOf(refused).length > 0) return [];
  const atMs = run.sinceStart(run.fates.atMs.rows[refused]!);
  const event = run.events.find(
    (each): each is ClusterEvent<'message.refused'> =>
      each.kind === 'message.refused' &&
      each.node === run.src(message) &&
      Math.abs(each.atMs - atMs) < 1000,
  );
  return event === undefined ? [] : [event.facts.reason];
}

const form = /^([^.\s]+)\.(\d+)\.(\d+)$/;

/** Whether a message may have this id, or one of its copies. */
export const isMessageId = (id: string): boolean => form.test(withoutCopy(id));

function unknownMessage(run: Run, id: string): FaultlineError {
  const like = 'an id is SENDER.INCARNATION.NUMBER, such as n1.1.345';
  const parts = form.exec(withoutCopy(id).trim());
  const senders = run.processes
    .filter(({ sent }) => sent.rows.length > 0)
    .sort(
      (a, b) =>
        a.name.localeCompare(b.name, 'en', { numeric: true }) || a.incarnation - b.incarnation,
    );
  const lastOf = ({ sent }: (typeof senders)[number]): number =>
    sent.rows.findLastIndex((message) => message >= 0);
  const range = (each: (typeof senders)[number]): string =>
    `${each.name}.${each.incarnation} sent 1 to ${lastOf(each)}`;
  const lives = parts === null ? [] : senders.filter(({ name }) => name === parts[1]);
  const near = lives.length > 0 ? lives : senders;
  const there =
    near.length === 0
      ? 'this run has no messages'
      : near.slice(0, 5).map(range).join(', ') + (near.length > 5 ? ', …' : '');
  const what =
    parts === null
      ? `${JSON.stringify(id)} is not a message id: ${like}`
      : `no message ${id} in this run`;
  return new FaultlineError('NOT_FOUND', `${what}; ${there}`, {
    id,
    near: near.slice(0, 5).map((each) => `${each.name}.${each.incarnation}.${lastOf(each)}`),
  });
}
