/**
 * A network that is no network, for state machines: messages of all nodes in one heap, of which any
 * may come next, twice, late or never, as the seed says. Nodes crash and come back with what they
 * had persisted; a crash also loses what had not left.
 */
import type { Body, Json, Message, Reply, RpcError } from '@faultline/node';
import type { Effect, Machine, Self } from '../../src/common/machine.ts';

export interface SimulationOptions {
  readonly nodes?: number;
  readonly seed: number;
  readonly lossPercent?: number;
  readonly duplicatePercent?: number;
  /** Chance of a crash per step. */
  readonly crashPercent?: number;
  /** Chance per step that a node's file is made shorter. */
  readonly compactPercent?: number;
}

export interface Outcome {
  readonly client: string;
  readonly node: string;
  readonly body: Body;
  readonly invokedMs: number;
  endedMs: number | null;
  reply?: Reply;
  error?: RpcError;
}

const tickMs = 50;

export class Simulation<M extends Machine> {
  readonly members: readonly string[];
  readonly outcomes: Outcome[] = [];
  readonly events: { readonly node: string; readonly name: string }[] = [];
  nowMs = 1000;
  #random: () => number;
  readonly #options: SimulationOptions;
  readonly #make: (self: Self) => M;
  readonly #machines = new Map<string, M>();
  readonly #records = new Map<string, Json[]>();
  readonly #incarnations = new Map<string, number>();
  #flying: Message[] = [];
  readonly #requests = new Map<Message, Outcome>();
  #sides: readonly (readonly string[])[] = [];
  #isCalm = false;

  constructor(make: (self: Self) => M, options: SimulationOptions) {
    this.members = Array.from({ length: options.nodes ?? 3 }, (_, i) => `n${i + 1}`);
    this.#options = options;
    this.#random = mulberry(options.seed);
    this.#make = make;
    for (const id of this.members) this.start(id);
  }

  machine(id: string): M {
    return this.#machines.get(id)!;
  }

  /** What the node has on its disk. */
  recordsOf(id: string): readonly Json[] {
    return this.#records.get(id) ?? [];
  }

  random(below: number): number {
    return Math.floor(this.#random() * below);
  }

  pick<T>(among: readonly T[]): T {
    return among[this.random(among.length)]!;
  }

  start(id: string): void {
    const incarnation = (this.#incarnations.get(id) ?? 0) + 1;
    this.#incarnations.set(id, incarnation);
    const machine = this.#make({ id, incarnation, members: this.members });
    machine.restore(this.#records.get(id) ?? [], this.nowMs);
    this.#machines.set(id, machine);
  }

  /** Ends the node and starts it again: its waiting clients get no answer. */
  crash(id: string): void {
    for (const [message, outcome] of this.#requests) {
      if (outcome.node === id) this.#requests.delete(message);
    }
    this.start(id);
  }

  /** Puts in the place of what the node has on its disk what says the same. */
  compact(id: string): void {
    this.#records.set(id, structuredClone(this.machine(id).snapshot()));
  }

  wipe(id: string): void {
    this.#records.delete(id);
    this.crash(id);
  }

  partition(...sides: readonly (readonly string[])[]): void {
    this.#sides = sides;
  }

  /** From now on nothing is lost, doubled or cut. */
  calm(): void {
    this.#sides = [];
    this.#isCalm = true;
  }

  invoke(client: string, node: string, body: Body): Outcome {
    const outcome: Outcome = { client, node, body, invokedMs: ++this.nowMs, endedMs: null };
    this.outcomes.push(outcome);
    const message = { src: client, dest: node, body: { ...body, msg_id: this.outcomes.length } };
    this.#requests.set(message, outcome);
    this.#do(node, this.machine(node).receive(message, this.nowMs));
    return outcome;
  }

  /** Asks and lets everything happen until it is answered. */
  ask(node: string, body: Body, client = 'c0'): Outcome {
    const outcome = this.invoke(client, node, body);
    for (let i = 0; i < 5000 && outcome.endedMs === null; i++) this.step();
    return outcome;
  }

  /** One message arrives, or is lost; or time goes by, most of all where nothing is on its way. */
  step(): void {
    this.nowMs += 1 + this.random(3);
    const { crashPercent = 0, lossPercent = 0, duplicatePercent = 0 } = this.#options;
    const { compactPercent = crashPercent } = this.#options;
    const happens = (percent: number): boolean => !this.#isCalm && this.random(1000) < percent * 10;
    if (happens(compactPercent)) this.compact(this.pick(this.members));
    if (happens(crashPercent)) this.crash(this.pick(this.members));
    if (this.#flying.length === 0 || this.random(10) === 0) {
      this.nowMs += this.random(tickMs);
      const id = this.pick(this.members);
      this.#do(id, this.machine(id).tick(this.nowMs));
      return;
    }
    const at = this.random(this.#flying.length);
    const message = this.#flying[at]!;
    if (!happens(duplicatePercent)) this.#flying.splice(at, 1);
    if (happens(lossPercent) || this.#isCut(message)) return;
    // As on the wire: nodes share no objects.
    const copy = structuredClone(message);
    this.#do(message.dest, this.machine(message.dest).receive(copy, this.nowMs));
  }

  steps(count: number): void {
    for (let i = 0; i < count; i++) this.step();
  }

  #isCut({ src, dest }: Message): boolean {
    return this.#sides.length > 0 && !this.#sides.some((s) => s.includes(src) && s.includes(dest));
  }

  #do(id: string, effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'persist':
          this.#records.set(id, [...(this.#records.get(id) ?? []), structuredClone(effect.record)]);
          break;
        case 'send':
          this.#flying.push({ src: id, dest: effect.dest, body: effect.body });
          break;
        case 'event':
          this.events.push({ node: id, name: effect.name });
          break;
        case 'answer':
        case 'refuse': {
          const outcome = this.#requests.get(effect.request);
          if (outcome === undefined) break;
          this.#requests.delete(effect.request);
          outcome.endedMs = ++this.nowMs;
          if (effect.kind === 'answer') outcome.reply = effect.reply;
          else outcome.error = effect.error;
        }
      }
    }
  }
}

function mulberry(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
