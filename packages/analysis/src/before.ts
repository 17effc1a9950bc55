/**
 * Whether one thing happened before another, and by which chain of messages.
 *
 *   n1.1.345     a message: the moment when it was sent
 *   n2@1.234s    what n2 had done by then: how an event is named, by its node and its time
 *
 * A happened before B when there is a way from A to B along the steps of processes and from the sending
 * of messages to their receipt. Of all such ways the chain has the fewest messages.
 */
import { FaultlineError, parseDuration, plural, type RunInfo } from '@faultline/protocol';
import type { Process, Run } from './run.ts';
import { requireMessage } from './why.ts';
import { duration, moment } from './words.ts';

/** A moment of a process. */
export interface Point {
  /** The text that named it. */
  readonly name: string;
  readonly owner: number;
  /** Place of the first step of the process that is not before it. */
  readonly first: number;
  /** How many steps of the process are before it, or are it. */
  readonly count: number;
  /** True time. */
  readonly atMs: number;
}

export interface Before {
  readonly a: Point;
  readonly b: Point;
  readonly order: 'a first' | 'b first' | 'same' | 'neither';
  /** Messages, from the earlier of both to the later one; none within one process. */
  readonly chain: readonly number[];
}

/** Program events stand in a node's own record; the times that people see of them are rounded. */
const roundedMs = 1;

/** The node and the true time that a text such as n2@1.234s names; undefined where it names a message. Throws BAD_DURATION. */
export function momentIn(
  { epoch }: RunInfo,
  text: string,
): { readonly node: string; readonly atMs: number } | undefined {
  const [, node, time] = /^([^@\s]+)@\+?(\S+)$/.exec(text.trim()) ?? [];
  if (node === undefined || time === undefined) return undefined;
  return { node, atMs: epoch.trueMs + parseDuration(time) };
}

/** Throws NOT_FOUND, BAD_DURATION. */
export function pointOf(run: Run, text: string): Point {
  const moment = momentIn(run.info, text);
  if (moment === undefined) {
    const message = requireMessage(run, text);
    return atStep(run, run.messages.send.rows[message]!, run.id(message));
  }
  const { node, atMs } = moment;
  const owner = lifeAt(run, node, atMs);
  const { atMs: times } = run.steps;
  const local = [...owner.steps].find(
    (step) => run.kind(step) === 'local' && Math.abs(times.rows[step]! - atMs) <= roundedMs,
  );
  if (local !== undefined) return atStep(run, local, text);
  const next = owner.steps.findIndex((step) => times.rows[step]! > atMs);
  const count = next < 0 ? owner.steps.length : next;
  return { name: text, owner: owner.index, first: count, count, atMs };
}

function atStep(run: Run, step: number, name: string): Point {
  const { owner, place, atMs } = run.steps;
  const first = place.rows[step]!;
  return { name, owner: owner.rows[step]!, first, count: first + 1, atMs: atMs.rows[step]! };
}

/** The incarnation that had begun by then. Throws NOT_FOUND. */
function lifeAt(run: Run, name: string, atMs: number): Process {
  const lives = run.processes.filter((each) => each.name === name && each.steps.length > 0);
  const begun = lives.filter(({ steps }) => run.steps.atMs.rows[steps[0]!]! <= atMs);
  const life = begun.at(-1) ?? lives[0];
  if (life !== undefined) return life;
  const names = [...new Set(run.processes.map((each) => each.name))].join(', ');
  throw new FaultlineError(
    'NOT_FOUND',
    `${name} took no step in this run; expected a message such as n1.1.345, or a node with a time such as n2@1.234s: there are ${names || 'none'}`,
    { name },
  );
}

/** Throws NOT_FOUND, BAD_DURATION. */
export function compareMoments(run: Run, first: string, second: string): Before {
  const [a, b] = [pointOf(run, first), pointOf(run, second)];
  if (a.owner === b.owner) {
    const ahead = a.first - b.first || a.count - b.count || a.atMs - b.atMs;
    const order = ahead === 0 ? 'same' : ahead < 0 ? 'a first' : 'b first';
    return { a, b, order, chain: [] };
  }
  const there = chainBetween(run, a, b);
  if (there !== null) return { a, b, order: 'a first', chain: there };
  const back = chainBetween(run, b, a);
  return { a, b, order: back === null ? 'neither' : 'b first', chain: back ?? [] };
}

/**
 * The messages of a shortest chain from `a` to `b`, which are of two processes; null where there is none.
 * Goes back from `b`, one message further in each round, and visits each step at most once.
 */
function chainBetween(run: Run, a: Point, b: Point): number[] | null {
  const { steps } = run;
  /** By process: how many of its first steps were visited. */
  const seen = new Map<number, number>();
  const open: Link[] = [{ owner: b.owner, count: b.count, message: -1, next: null }];
  for (const link of open) {
    const { owner, count } = link;
    if (owner === a.owner && count > a.first) return messagesFrom(link);
    const from = seen.get(owner) ?? 0;
    if (count <= from) continue;
    seen.set(owner, count);
    const own = run.processes[owner]!.steps;
    for (let place = count - 1; place >= from; place--) {
      const send = run.cause(own[place]!);
      if (send < 0) continue;
      open.push({
        owner: steps.owner.rows[send]!,
        count: steps.place.rows[send]! + 1,
        message: steps.message.rows[send]!,
        next: link,
      });
    }
  }
  return null;
}

interface Link {
  readonly owner: number;
  /** How many of its steps happened before `b`. */
  readonly count: number;
  /** The message through which that is known; -1 for `b` itself. */
  readonly message: number;
  readonly next: Link | null;
}

function messagesFrom(link: Link): number[] {
  const messages: number[] = [];
  for (let at: Link | null = link; at !== null && at.message >= 0; at = at.next) {
    messages.push(at.message);
  }
  return messages;
}

export function beforeInWords(run: Run, { a, b, order, chain }: Before): string[] {
  const apartMs = Math.abs(a.atMs - b.atMs);
  switch (order) {
    case 'same':
      return [`${a.name} and ${b.name} are the same moment of ${nameOf(run, a)}.`];
    case 'neither': {
      const [early, late] = a.atMs <= b.atMs ? [a, b] : [b, a];
      return [
        `Neither happened before the other: no chain of messages leads from ${a.name} to ${b.name} or back.`,
        `In true time, ${early.name} was ${duration(apartMs)} before ${late.name}.`,
      ];
    }
    default: {
      const [early, late] = order === 'a first' ? [a, b] : [b, a];
      const by =
        chain.length === 0
          ? `both are of ${nameOf(run, early)}`
          : `by a chain of ${plural(chain.length, 'message')}:`;
      const whole = `${early.name} happened before ${late.name}, ${by}${chain.length === 0 ? '.' : ''}`;
      return [whole, ...chain.map((message) => `  ${messageInWords(run, message)}`)];
    }
  }
}

/** As data: names and ids instead of rows. */
export const beforeAsData = (run: Run, { a, b, order, chain }: Before): object => ({
  a: a.name,
  b: b.name,
  before: order === 'a first' ? true : order === 'b first' ? false : null,
  order,
  chain: chain.map((message) => ({
    id: run.id(message),
    src: run.src(message),
    dest: run.dest(message),
    type: run.type(message),
    sentMs: run.sinceStart(sentAt(run, message)),
  })),
});

const nameOf = (run: Run, { owner }: Point): string => run.label(run.processes[owner]!);

const sentAt = (run: Run, message: number): number =>
  run.steps.atMs.rows[run.messages.send.rows[message]!]!;

const messageInWords = (run: Run, message: number): string =>
  `${run.id(message)}: ${run.src(message)} sent ${run.type(message)} to ${run.dest(message)} at ${moment(run, sentAt(run, message))}`;
