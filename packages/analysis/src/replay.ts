/**
 * Decides about a message once more, as the router did, to learn what each rule made of it. The
 * recording holds no reasons, and need not: decisions follow from the seed, the rules and the messages
 * of an edge, and all of these are in it.
 *
 * An edge's messages are given to rules with the same seed, in the order in which the router numbered
 * them, with every change of the rules at its place. Rules that know of other edges too (an established
 * conversation, a bandwidth that is shared) need the messages of all edges, which are asked for only
 * where one of them is on the message's edge.
 *
 * What it cannot know, it says: a rule about a field of a body that was not recorded, or not as it was
 * sent; a recording whose beginning is gone. Of such a body this much is known: where a rule touched
 * the message, it had the field that the rule asks for.
 */
import {
  type Account,
  account,
  type Copy,
  decide,
  explain,
  fieldAsked,
  isShared,
  type Look,
  type Message,
  RuleSet,
} from '@faultline/faults';
import { type Fate, fieldAt, type Json, type RuleSpec } from '@faultline/protocol';
import type { Run } from './run.ts';

export interface Replay {
  /** What each rule on the edge made of it, in the order in which they act. */
  readonly looks: readonly ReplayedLook[];
  /** Whether what was decided again is what is recorded. */
  readonly agrees: boolean;
  /** Why it may not be what the router did, or why there is nothing. */
  readonly doubts: readonly string[];
}

export interface ReplayedLook extends Look {
  readonly spec: RuleSpec;
  readonly explains: string;
  /** It asks for a field of a body that is not known: whether it was about the message is not known. */
  readonly isUnknown: boolean;
}

/** Null where no rule was ever asked: no router saw the message, or it was refused at the door. */
export function replayDecision(run: Run, message: number): Replay | null {
  if (run.messages.ordinal.rows[message]! < 1) return null;
  const own = replay(run, message, true);
  // Not by whether it agrees: what waited in a shared queue has the same fate, after another time.
  return own.looks.some(({ spec }) => isShared(spec)) ? replay(run, message, false) : own;
}

function replay(run: Run, message: number, isOwnEdgeOnly: boolean): Replay {
  const { messages, words } = run;
  const src = words.find(run.src(message));
  const dest = messages.dest.rows[message]!;
  const names = run.processes.map(({ name }) => words.find(name));
  const player = new Player(run, message);
  for (let each = player.first; each < message; each++) {
    if (isOwnEdgeOnly) {
      if (messages.dest.rows[each] !== dest) continue;
      if (names[messages.owner.rows[each]!] !== src) continue;
    }
    player.decide(each);
  }
  return player.account(message);
}

class Player {
  /** The first message that the same router process decided. */
  readonly first: number;
  readonly #run: Run;
  readonly #rules: RuleSet;
  readonly #changes: readonly Change[];
  readonly #doubts = new Set<string>();
  #nextChange = 0;
  #missing = 0;
  readonly #fields = new Map<string, NonNullable<ReturnType<typeof fieldAsked>>>();
  /** Messages before that one whose bodies are not known, while a rule asked for a field. */
  #bodiesUnknown = 0;

  constructor(run: Run, message: number) {
    this.#run = run;
    this.first = run.starts.findLast((start) => start.message <= message)?.message ?? 0;
    this.#rules = new RuleSet(run.info.seed);
    this.#changes = changesBetween(run, this.first, message);
  }

  decide(message: number): void {
    const edge = this.#edge(message);
    if (edge === null) return;
    const isAsked = edge.rules.length > 0;
    if (this.#fields.size > 0 && !this.#isBodyKnown(message)) this.#bodiesUnknown++;
    decide(edge, this.#seen(message, isAsked), this.#arrivedMs(message));
  }

  account(message: number): Replay {
    const edge = this.#edge(message)!;
    const specs = new Map(this.#rules.list().map(({ id, spec }) => [id, spec]));
    let made: Account;
    try {
      made = account(edge, this.#seen(message, true), this.#arrivedMs(message));
    } catch (error) {
      made = { verdict: null, looks: [] };
      this.#doubts.add(`the rules could not be asked again: ${(error as Error).message}`);
    }
    if (this.#missing > 0) {
      this.#doubts.add(
        `${this.#missing} earlier messages are not in the recording: what a rule counts or remembers may differ`,
      );
    }
    const looks = made.looks.map((look): ReplayedLook => {
      const spec = specs.get(look.rule)!;
      const isUnknown = look.miss?.by === 'field' && !this.#isBodyKnown(message);
      return { ...look, spec, explains: explain(spec), isUnknown };
    });
    for (const { rule, spec, isUnknown } of looks) {
      if (spec.field === undefined) continue;
      if (isUnknown)
        this.#doubts.add(`${rule} asks for a field of the body, and ${this.#howUnknown(message)}`);
      else if (this.#bodiesUnknown > 0) {
        this.#doubts.add(
          `how many earlier messages ${rule} was about is not known: ${this.#bodiesUnknown} of their bodies were not recorded, or not as they were sent`,
        );
      }
    }
    return {
      looks,
      agrees: isAsRecorded(this.#run, message, made.verdict),
      doubts: [...this.#doubts],
    };
  }

  /** The message's edge, with all changes before it made; null for one that was not decided about. */
  #edge(message: number): ReturnType<RuleSet['edge']> | null {
    const { messages } = this.#run;
    while (this.#nextChange < this.#changes.length) {
      const change = this.#changes[this.#nextChange]!;
      if (change.message > message) break;
      this.#nextChange++;
      this.#apply(change);
    }
    const ordinal = messages.ordinal.rows[message]!;
    if (ordinal < 1) return null;
    const [src, dest] = [this.#run.src(message), this.#run.dest(message)];
    let edge = this.#rules.edge(src, dest);
    if (ordinal <= edge.ordinal) {
      // A member left and another one of its name came: its edges count anew.
      this.#rules.forget(dest);
      edge = this.#rules.edge(src, dest);
    }
    this.#missing += ordinal - 1 - edge.ordinal;
    edge.ordinal = ordinal - 1;
    return edge;
  }

  #apply({ restarted, rule }: Change): void {
    if (restarted !== undefined) {
      this.#rules.restarted(restarted);
      return;
    }
    const { change, id, spec, expiresAtMs, installedAtMs } = rule!;
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
      this.#doubts.add(`${id} is not understood any more: ${(error as Error).message}`);
    }
  }

  #arrivedMs(message: number): number {
    return this.#run.messages.arrivedMs.rows[message]!;
  }

  #bodyOf(message: number): ReturnType<Run['bodies']['get']> {
    return this.#run.bodies.get(this.#run.messages.firstFate.rows[message]!);
  }

  /** As it was sent: of a message that was altered, the body that was delivered is recorded. */
  #isBodyKnown(message: number): boolean {
    return this.#bodyOf(message)?.isCut === false && !this.#isAltered(message);
  }

  #isAltered(message: number): boolean {
    const { fates, messages } = this.#run;
    return fates.altered.rows[messages.firstFate.rows[message]!] === 1;
  }

  #howUnknown(message: number): string {
    if (this.#run.info.trace !== 'full') {
      return 'bodies were not recorded: start the cluster with --trace full';
    }
    return this.#isAltered(message)
      ? 'this one was recorded as a rule had altered it'
      : 'of this one only the beginning was recorded: start the cluster with a larger --trace-body';
  }

  /** What is known of a body by the rules that touched its message. */
  #fieldsByRules(message: number): Map<string, string> {
    const record = this.#run.messages.firstFate.rows[message]!;
    const asked = this.#run.rulesOf(record).flatMap((rule) => this.#fields.get(rule) ?? []);
    return new Map(asked.map(({ path, value }) => [path, value]));
  }

  #seen(message: number, isAsked: boolean): Message {
    const { messages } = this.#run;
    const bodyBytes = messages.bodyBytes.rows[message]!;
    const isReply = this.#run.isReply(message);
    if (!isAsked) return { type: '', isReply, bodyBytes };
    const type = this.#run.type(message);
    if (this.#isBodyKnown(message)) {
      const { text } = this.#bodyOf(message)!;
      return { type, isReply, bodyBytes, field: (path) => fieldAt(parsed(text), path) };
    }
    if (this.#fields.size === 0) return { type, isReply, bodyBytes };
    const known = this.#fieldsByRules(message);
    return { type, isReply, bodyBytes, field: (path) => known.get(path) ?? notRecorded };
  }
}

/** Stands for the value of any field: no rule asks for this one. */
const notRecorded = '(not recorded)';

interface Change {
  /** It took effect before this message. */
  readonly message: number;
  readonly rule?: Run['rules'][number]['event'];
  /** A member that runs as a new process. */
  readonly restarted?: string;
}

function changesBetween(run: Run, first: number, last: number): Change[] {
  const changes: Change[] = run.rules.map(({ message, event }) => ({ message, rule: event }));
  for (const [name, joined] of run.joined) {
    for (const [index, { message, owner }] of joined.entries()) {
      const before = joined[index - 1];
      if (before !== undefined && before.owner !== owner)
        changes.push({ message, restarted: name });
    }
  }
  // Rules that were there before the router began were told to it again.
  const starts = run.starts.filter(({ message }) => message <= first).length;
  const isOfThisRouter = rulesSince(run, starts);
  return changes
    .filter((change) => change.message <= last)
    .filter(({ rule }) => rule === undefined || isOfThisRouter(rule))
    .sort((a, b) => a.message - b.message);
}

/** Of changes at the very message with which a router began, those that came after its beginning. */
function rulesSince(run: Run, starts: number): (rule: object) => boolean {
  const start = run.starts[starts - 1];
  if (start === undefined) return () => true;
  return (rule) => {
    const at = run.rules.find(({ event }) => event === rule)!;
    return at.event.atMs >= start.atMs && at.message >= start.message;
  };
}

const fatesOf: Readonly<Record<Copy['outcome'], readonly Fate[]>> = {
  deliver: ['delivered', 'waiting', 'node down', 'overflow', 'router down'],
  lost: ['lost'],
  cut: ['cut'],
  held: ['held', 'overflow'],
  refused: ['refused'],
  overflow: ['overflow'],
};

/** Whether the first record of each copy tells of such a verdict. */
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
