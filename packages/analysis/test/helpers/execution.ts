import { HybridClock, LamportClock, VectorClock } from '@faultline/clocks';
import {
  type FateEvent,
  messageId,
  type RunInfo,
  type Stamps,
  type TraceEvent,
} from '@faultline/protocol';
import fc from 'fast-check';

/**
 * Random executions of a cluster, as a recording would hold them, with the true order beside it.
 *
 * Nodes send, receive late, twice, out of order or never, report local facts, have their wall clocks set
 * to anything, and restart. A client takes part without a clock.
 */
export interface Execution {
  /** By time, as the router and the nodes wrote them. */
  readonly facts: readonly TraceEvent[];
  /** In an order in which they happened. */
  readonly steps: readonly TrueStep[];
}

export interface TrueStep {
  readonly name: string;
  readonly incarnation: number;
  /** Its index among the steps of its process, from 0. */
  readonly place: number;
  readonly atMs: number;
  readonly wallMs: number | null;
  /** The step before it in its process, and the send that it received, as indexes; -1 for none. */
  readonly previous: number;
  readonly cause: number;
  readonly stamps: Stamps | null;
}

export const info: RunInfo = {
  version: 1,
  name: 'default',
  run: 'test',
  startedAt: '2026-01-02T03:04:05.000Z',
  seed: '42',
  pid: 1,
  program: 'echo',
  settings: {},
  nodes: ['n1', 'n2', 'n3'],
  vector: true,
  trace: 'headers',
  epoch: { trueMs: 1000, wallMs: 1_767_323_045_000 },
};

const names = ['n1', 'n2', 'n3', 'c1'];

interface Draft {
  readonly actor: number;
  readonly kind: 'send' | 'receive' | 'local' | 'jump' | 'restart';
  readonly number: number;
  readonly gapMs: number;
  readonly fate: 'delivered' | 'twice' | 'lost' | 'node down';
}

const draftsWith = (gapMsMin: number): fc.Arbitrary<Draft[]> =>
  fc.array(draftWith(gapMsMin), { minLength: 1, maxLength: 80 });

const draftWith = (gapMsMin: number): fc.Arbitrary<Draft> =>
  fc.record({
    actor: fc.nat({ max: names.length - 1 }),
    kind: fc.constantFrom<Draft['kind'][]>(
      ...['send' as const, 'send' as const, 'send' as const],
      ...['receive' as const, 'receive' as const, 'receive' as const],
      ...['local' as const, 'jump' as const, 'restart' as const],
    ),
    number: fc.nat({ max: 10_000 }),
    gapMs: fc.integer({ min: gapMsMin, max: 3 }),
    fate: fc.constantFrom<Draft['fate'][]>('delivered', 'delivered', 'twice', 'lost', 'node down'),
  });

/** `gapMsMin`: the least true time between any two steps. */
export const executionsWith = (options: { gapMsMin: number }): fc.Arbitrary<Execution> =>
  draftsWith(options.gapMsMin).map(play);

export const executions = executionsWith({ gapMsMin: 0 });

interface Actor {
  readonly name: string;
  readonly incarnation: number;
  seq: number;
  place: number;
  last: number;
  offsetMs: number;
  readonly lamport: LamportClock;
  readonly hybrid: HybridClock;
  readonly vector: VectorClock;
}

interface Copy {
  readonly fate: FateEvent;
  readonly sentAt: number;
}

function play(drafts: readonly Draft[]): Execution {
  const facts: TraceEvent[] = [];
  const steps: TrueStep[] = [];
  const actors = names.map((name) => fresh(name, 1));
  const inbox = new Map<string, Copy[]>(names.map((name) => [name, []]));
  let nowMs = info.epoch.trueMs;
  for (const { name } of actors) {
    facts.push({ kind: 'link', up: true, name, incarnation: 1, seq: 0, atMs: nowMs });
  }

  const step = (actor: Actor, cause: number, observed?: Stamps): Stamps | undefined => {
    const wallMs = info.epoch.wallMs + (nowMs - info.epoch.trueMs) + actor.offsetMs;
    const stamps = actor.name === 'c1' ? undefined : stampsOf(actor, wallMs, nowMs, observed);
    steps.push({
      name: actor.name,
      incarnation: actor.incarnation,
      place: actor.place++,
      atMs: nowMs,
      wallMs: stamps?.wallMs ?? null,
      previous: actor.last,
      cause,
      stamps: stamps ?? null,
    });
    actor.last = steps.length - 1;
    return stamps;
  };

  for (const { actor: index, kind, number, gapMs, fate } of drafts) {
    const actor = actors[index]!;
    const { name, incarnation } = actor;
    // Transmission takes time, and steps of members without a clock are distinguished by time alone.
    nowMs += kind === 'receive' || name === 'c1' ? gapMs + 1 : gapMs;
    if (kind === 'send') {
      const stamps = step(actor, -1);
      const dest = names[number % names.length]!;
      const sent = fateOf(actor, dest, nowMs, stamps);
      if (fate === 'lost' || fate === 'node down') facts.push({ ...sent, fate });
      else {
        for (let copy = 0; copy < (fate === 'twice' ? 2 : 1); copy++) {
          facts.push({ ...sent, copy });
          inbox.get(dest)!.push({ fate: { ...sent, copy }, sentAt: steps.length - 1 });
        }
      }
    } else if (kind === 'receive') {
      const waiting = inbox.get(name)!;
      if (waiting.length === 0) continue;
      const [copy] = waiting.splice(number % waiting.length, 1);
      const { id, stamps: observed } = copy!.fate;
      facts.push({ ...copy!.fate, fate: 'delivered', atMs: nowMs });
      const stamps = step(actor, copy!.sentAt, observed);
      if (stamps === undefined) continue;
      const did = 'handled';
      facts.push({ kind: 'receive', node: name, incarnation, id, did, atMs: nowMs, stamps });
    } else if (kind === 'local' && name !== 'c1') {
      const stamps = step(actor, -1)!;
      const what = { name: 'fact', data: {}, atMs: nowMs, stamps };
      facts.push({ kind: 'local', node: name, incarnation, ...what });
    } else if (kind === 'jump') {
      actor.offsetMs = (number - 5000) / 4;
    } else if (kind === 'restart' && number < 3000) {
      actors[index] = fresh(name, incarnation + 1);
      const up = { name, incarnation: incarnation + 1, seq: 0, atMs: nowMs };
      facts.push({ kind: 'link', up: true, ...up });
    }
  }
  return { facts, steps };
}

function stampsOf(actor: Actor, wallMs: number, trueMs: number, observed?: Stamps): Stamps {
  const { lamport, hybrid, vector } = actor;
  if (observed === undefined) {
    lamport.tick();
    hybrid.now(wallMs);
    vector.tick();
  } else {
    lamport.observe(observed.lamport);
    hybrid.observe({ l: observed.hybridMs, c: observed.hybridCounter }, wallMs);
    vector.observe(observed.vector!);
  }
  return {
    wallMs,
    trueMs,
    lamport: lamport.value,
    hybridMs: hybrid.l,
    hybridCounter: hybrid.c,
    vector: vector.snapshot(),
  };
}

function fateOf(actor: Actor, dest: string, nowMs: number, stamps: Stamps | undefined): FateEvent {
  const { name, incarnation } = actor;
  const seq = ++actor.seq;
  return {
    kind: 'fate',
    id: messageId(name, incarnation, seq),
    src: name,
    dest,
    type: 'note',
    isReply: false,
    incarnation,
    seq,
    copy: 0,
    fate: 'waiting',
    rules: [],
    ordinal: 0,
    bodyBytes: 10,
    arrivedMs: nowMs,
    atMs: nowMs,
    ...(stamps === undefined ? {} : { stamps }),
  };
}

function fresh(name: string, incarnation: number): Actor {
  return {
    name,
    incarnation,
    seq: 0,
    place: 0,
    last: -1,
    offsetMs: 0,
    lamport: new LamportClock(),
    hybrid: new HybridClock(),
    vector: new VectorClock(incarnation === 1 ? name : `${name}.${incarnation}`),
  };
}

/** Happened-before by its definition: reachability. No clocks. */
export function reachability(
  steps: readonly Pick<TrueStep, 'previous' | 'cause'>[],
): (a: number, b: number) => boolean {
  const past = steps.map(() => new Set<number>());
  steps.forEach(({ previous, cause }, index) => {
    for (const before of [previous, cause]) {
      if (before < 0) continue;
      past[index]!.add(before);
      for (const earlier of past[before]!) past[index]!.add(earlier);
    }
  });
  return (a, b) => past[b]!.has(a);
}

/** Calls `visit` for each ordered pair of different numbers below `count`. */
export function eachPair(count: number, visit: (a: number, b: number) => void): void {
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) if (a !== b) visit(a, b);
  }
}
