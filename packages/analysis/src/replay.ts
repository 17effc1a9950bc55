/**
 * Replays the router's decision about a message, to find out what each rule decided. The recording
 * holds no reasons and need not: decisions follow from the seed, the rules and the messages of an edge,
 * and it holds all of these.
 *
 * An edge's messages are given to rules with the same seed, in the order in which the router numbered
 * them, with every change of the rules at its place. Rules that know of other edges too (an established
 * conversation, a shared bandwidth) need the messages of all edges, which are requested only if one of them
 * is on the message's edge.
 *
 * It reports what it cannot know: a rule about a field of a body that was not recorded, or not as it was
 * sent; a recording whose beginning is gone. This much is known about such a body: if a rule touched the
 * message, it had the field that the rule requires.
 */
import {
  type Account,
  account,
  type Copy,
  decide,
  explain,
  fieldAsked,
  isShared,
  type Message,
  type RuleExplanation,
  RuleSet,
} from '@faultline/faults';
import {
  type Fate,
  fieldAt,
  type Json,
  type RuleEvent,
  type RuleSpec,
  type RunInfo,
} from '@faultline/protocol';
import type { RouterChange, Run } from './run.ts';

export interface Replay {
  /** The decision of each rule on the edge, in the order in which they act. */
  readonly explanations: readonly ReplayedRule[];
  /** Whether the replayed decision equals the recorded one. */
  readonly agrees: boolean;
  /** Why it may differ from the router's decision, or why there is none. */
  readonly doubts: readonly string[];
}

export interface ReplayedRule extends RuleExplanation {
  readonly spec: RuleSpec;
  readonly explains: string;
  /** It matches a field of an unknown body, so it is unknown whether it matched the message. */
  readonly isUnknown: boolean;
}

/** A message as the router received it, and its first fate. */
export interface DecidedMessage {
  readonly src: string;
  readonly dest: string;
  readonly type: string;
  readonly isReply: boolean;
  readonly bodyBytes: number;
  /** Its ordinal on its edge, from 1; 0: no rule was applied. */
  readonly ordinal: number;
  readonly arrivedMs: number;
  /** The copy that was recorded first was altered. */
  readonly isAltered: boolean;
  /** Ids of the rules that touched that copy. */
  rules(): readonly string[];
  /** As that copy carried it; undefined if it was not recorded. */
  body(): { readonly text: string; readonly isCut: boolean } | undefined;
}

/** Null if no rule was applied: no router saw the message, or it was refused on arrival. */
export function replayDecision(run: Run, message: number): Replay | null {
  if (run.messages.ordinal.rows[message]! < 1) return null;
  const own = replay(run, message, true);
  // Not by whether it agrees: a message that waited in a shared queue has the same fate at another time.
  const decided = hasSharedRule(own) ? replay(run, message, false) : own;
  return compared(run, message, decided);
}

/** Whether its decision may depend on messages of other edges. */
export const hasSharedRule = ({ explanations }: Decided): boolean =>
  explanations.some(({ spec }) => isShared(spec));

/** The replayed decision, compared with the recorded one. */
export function compared(
  run: Run,
  message: number,
  { explanations, doubts, verdict }: Decided,
): Replay {
  return { explanations, doubts, agrees: isAsRecorded(run, message, verdict) };
}

function replay(run: Run, message: number, isOwnEdgeOnly: boolean): Decided {
  const { messages, words } = run;
  const src = words.find(run.src(message));
  const dest = messages.dest.rows[message]!;
  const names = run.processes.map(({ name }) => words.find(name));
  const first = run.starts.findLast((start) => start.message <= message)?.message ?? 0;
  const again = new Redecision(run.info);
  let next = 0;
  const change = (each: number): void => {
    while (next < run.changes.length && run.changes[next]!.message <= each) {
      again.change(run.changes[next++]!);
    }
  };
  for (let each = first; each < message; each++) {
    change(each);
    if (isOwnEdgeOnly) {
      if (messages.dest.rows[each] !== dest) continue;
      if (names[messages.owner.rows[each]!] !== src) continue;
    }
    again.decide(rowAsDecided(run, each));
  }
  change(message);
  return again.account(rowAsDecided(run, message));
}

function rowAsDecided(run: Run, message: number): DecidedMessage {
  const { messages, fates } = run;
  const record = messages.firstFate.rows[message]!;
  return {
    get src() {
      return run.src(message);
    },
    get dest() {
      return run.dest(message);
    },
    get type() {
      return run.type(message);
    },
    isReply: run.isReply(message),
    bodyBytes: messages.bodyBytes.rows[message]!,
    ordinal: messages.ordinal.rows[message]!,
    arrivedMs: messages.arrivedMs.rows[message]!,
    isAltered: fates.altered.rows[record] === 1,
    rules: () => run.rulesOf(record),
    body: () => run.bodies.get(record),
  };
}

export interface Decided extends Omit<Replay, 'agrees'> {
  readonly verdict: Account['verdict'];
}

/**
 * Replays decisions about messages. Give it the router's records in order: changes, and each message
 * once. The messages of one edge suffice if none of its rules is shared.
 */
export class Redecision {
  readonly #info: Pick<RunInfo, 'seed' | 'trace'>;
  #rules: RuleSet;
  /** By member: the process that joined last. */
  readonly #joined = new Map<string, number>();
  readonly #doubts = new Set<string>();
  #missing = 0;
  readonly #fields = new Map<string, NonNullable<ReturnType<typeof fieldAsked>>>();
  /** Earlier messages with unknown bodies while a rule matched on a field. */
  #bodiesUnknown = 0;

  constructor(info: Pick<RunInfo, 'seed' | 'trace'>) {
    this.#info = info;
    this.#rules = new RuleSet(info.seed);
  }

  change(change: RouterChange): void {
    switch (change.kind) {
      case 'start':
        // A router process starts without rules and messages; the supervisor sends it the rules again.
        this.#rules = new RuleSet(this.#info.seed);
        this.#doubts.clear();
        this.#fields.clear();
        this.#missing = 0;
        this.#bodiesUnknown = 0;
        break;
      case 'joined': {
        const { name, incarnation } = change;
        const before = this.#joined.get(name);
        this.#joined.set(name, incarnation);
        if (before !== undefined && before !== incarnation) this.#rules.restarted(name);
        break;
      }
      case 'rule':
        this.#change(change.event);
    }
  }

  decide(message: DecidedMessage): void {
    const edge = this.#edge(message);
    if (edge === null) return;
    const isAsked = edge.rules.length > 0;
    if (this.#fields.size > 0 && !isBodyKnown(message)) this.#bodiesUnknown++;
    decide(edge, this.#seen(message, isAsked), message.arrivedMs);
  }

  /** For a message that rules may have been applied to. */
  account(message: DecidedMessage): Decided {
    const edge = this.#edge(message)!;
    const specs = new Map(this.#rules.list().map(({ id, spec }) => [id, spec]));
    let made: Account;
    try {
      made = account(edge, this.#seen(message, true), message.arrivedMs);
    } catch (error) {
      made = { verdict: null, explanations: [] };
      this.#doubts.add(`the rules could not be replayed: ${(error as Error).message}`);
    }
    if (this.#missing > 0) {
      this.#doubts.add(
        `${this.#missing} earlier messages are not in the recording: a rule's counts or memory may differ`,
      );
    }
    const explanations = made.explanations.map((explanation): ReplayedRule => {
      const spec = specs.get(explanation.rule)!;
      const isUnknown = explanation.miss?.by === 'field' && !isBodyKnown(message);
      return { ...explanation, spec, explains: explain(spec), isUnknown };
    });
    for (const { rule, spec, isUnknown } of explanations) {
      if (spec.field === undefined) continue;
      if (isUnknown)
        this.#doubts.add(`${rule} matches a field of the body, and ${this.#howUnknown(message)}`);
      else if (this.#bodiesUnknown > 0) {
        this.#doubts.add(
          `it is unknown how many earlier messages ${rule} matched: ${this.#bodiesUnknown} of their bodies were not recorded, or not as sent`,
        );
      }
    }
    return { explanations, doubts: [...this.#doubts], verdict: made.verdict };
  }

  /** The message's edge; null for one that was not decided about. */
  #edge({ src, dest, ordinal }: DecidedMessage): ReturnType<RuleSet['edge']> | null {
    if (ordinal < 1) return null;
    let edge = this.#rules.edge(src, dest);
    if (ordinal <= edge.ordinal) {
      // A member left and another one of its name came: its edges count from 1 again.
      this.#rules.forget(dest);
      edge = this.#rules.edge(src, dest);
    }
    this.#missing += ordinal - 1 - edge.ordinal;
    edge.ordinal = ordinal - 1;
    return edge;
  }

  #change({ change, id, spec, expiresAtMs, installedAtMs }: RuleEvent): void {
    const isThere = this.#rules.list().some((each) => each.id === id);
    if (isThere) this.#rules.remove(id);
    this.#fields.delete(id);
    if (change !== 'added') return;
    if (spec === undefined) {
      this.#doubts.add(`${id} is too large to have been recorded`);
      return;
    }
    try {
      const { spec: read } = this.#rules.restore(id, spec, expiresAtMs ?? null, installedAtMs ?? 0);
      const field = fieldAsked(read);
      if (field !== null) this.#fields.set(id, field);
    } catch (error) {
      this.#doubts.add(`${id} is no longer understood: ${(error as Error).message}`);
    }
  }

  #howUnknown({ isAltered }: DecidedMessage): string {
    if (this.#info.trace !== 'full') {
      return 'bodies were not recorded: start the cluster with --trace full';
    }
    return isAltered
      ? 'this one was recorded after a rule had altered it'
      : 'only the beginning of this one was recorded: start the cluster with a larger --trace-body';
  }

  /** What the rules that touched a message reveal about its body. */
  #fieldsByRules(message: DecidedMessage): Map<string, string> {
    const asked = message.rules().flatMap((rule) => this.#fields.get(rule) ?? []);
    return new Map(asked.map(({ path, value }) => [path, value]));
  }

  #seen(message: DecidedMessage, isAsked: boolean): Message {
    const { bodyBytes, isReply } = message;
    if (!isAsked) return { type: '', isReply, bodyBytes };
    const { type } = message;
    if (this.#fields.size === 0) return { type, isReply, bodyBytes };
    const body = message.body();
    if (body?.isCut === false && !message.isAltered) {
      return { type, isReply, bodyBytes, field: (path) => fieldAt(parsed(body.text), path) };
    }
    const known = this.#fieldsByRules(message);
    return { type, isReply, bodyBytes, field: (path) => known.get(path) ?? notRecorded };
  }
}

/** As it was sent: of a message that was altered, the body that was delivered is recorded. */
const isBodyKnown = (message: DecidedMessage): boolean =>
  !message.isAltered && message.body()?.isCut === false;

/** Stands for the value of any field; no rule matches it. */
const notRecorded = '(not recorded)';

const fatesOf: Readonly<Record<Copy['outcome'], readonly Fate[]>> = {
  deliver: ['delivered', 'waiting', 'node down', 'overflow', 'router down'],
  lost: ['lost'],
  cut: ['cut'],
  held: ['held', 'overflow'],
  refused: ['refused'],
  overflow: ['overflow'],
};

/** Whether the first record of each copy matches such a verdict. */
function isAsRecorded(run: Run, message: number, verdict: Account['verdict']): boolean {
  const { fates } = run;
  const firstOf = new Map<number, number>();
  for (const record of run.fatesOf(message)) {
    const copy = fates.copy.rows[record]!;
    if (!firstOf.has(copy)) firstOf.set(copy, record);
  }
  const copies = verdict ?? [{ outcome: 'deliver' as const, rules: [] }];
  return [...firstOf].every(([copy, record]) => {
    const decided = copies[copy];
    if (decided === undefined) return false;
    return (
      fatesOf[decided.outcome].includes(run.fate(record)) &&
      decided.rules.join(',') === run.rulesOf(record).join(',')
    );
  });
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
